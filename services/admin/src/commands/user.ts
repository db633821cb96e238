import {randomInt} from 'node:crypto';
import {listUsersForOperator, resetPassword, signOutUser} from '@madang/database/operator/operator';
import {hashPassword} from '@madang/database/access/password-hash';
import type {Database} from '@madang/database/connections/pool';
import {disableUser, enableUser, setAdmin, type UserKey} from '@madang/database/users/users';
import {Argument, type Command} from 'commander';
import {limitOption, tenantNamed, tenantOption, userArgument, userNamed} from '../arguments.ts';
import {action} from '../run.ts';
import {addDataCommands} from './user-data.ts';

type OfTenant = {tenant: string};

// Without characters that look alike; 20 of them are 99 bits.
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';
const passwordChars = 20;

export function addUserCommands(program: Command): void {
  const user = program.command('user').description('the users of a product');

  user
    .command('list')
    .description('users by name, including disabled ones')
    .addOption(tenantOption())
    .option('--query <text>', 'part of a name, or a product’s own id')
    .addOption(limitOption())
    .action(
      action(async (db, _config, {tenant, ...page}: OfTenant & {query?: string; limit: number}) => {
        const {id: tenantId} = await tenantNamed(db, tenant);
        return {
          rows: await listUsersForOperator(db, {tenantId, ...page}),
          columns: ['id', 'kind', 'name', 'displayName', 'externalId', 'seenAt', 'disabledAt'],
        };
      }),
    );

  change(user, 'disable', 'keep out until enabled again', 'Disabled', (db, key) => disableUser(db, key));
  change(user, 'enable', 'allow to sign in again', 'Enabled', (db, key) => enableUser(db, key));
  change(user, 'sign-out', 'end all sessions', 'Signed out', (db, key) => signOutUser(db, key));
  change(
    user,
    'reset-password',
    'set a new password, which is shown only this once',
    'New password of',
    async (db, key) => {
      const password = newPassword();
      await resetPassword(db, {...key, passwordHash: await hashPassword(password)});
      return password;
    },
  );
  user
    .command('admin')
    .description('make an account an administrator of its product, or take that back')
    .addArgument(userArgument())
    .addArgument(new Argument('<on-or-off>', 'on or off').choices(['on', 'off']))
    .addOption(tenantOption())
    .action(
      action(async (db, _config, idOrName: string, state: 'on' | 'off', {tenant}: OfTenant) => {
        const {id: tenantId} = await tenantNamed(db, tenant);
        const {id: userId, name} = (await userNamed(db, tenantId, idOrName)).user;
        await setAdmin(db, {tenantId, userId}, state === 'on');
        const done = state === 'on' ? 'is an administrator now' : 'is no administrator any more';
        return {done: `${name} (${userId}) ${done}.`, data: {userId, name, admin: state === 'on'}};
      }),
    );
  addDataCommands(user);
}

/** A command that does something to one user, and may have a secret to show. */
function change(
  user: Command,
  name: string,
  description: string,
  done: string,
  act: (db: Database, key: UserKey) => Promise<string | void>,
): void {
  user
    .command(name)
    .description(description)
    .addArgument(userArgument())
    .addOption(tenantOption())
    .action(
      action(async (db, _config, idOrName: string, {tenant}: OfTenant) => {
        const {id: tenantId} = await tenantNamed(db, tenant);
        const stored = await userNamed(db, tenantId, idOrName);
        const {id: userId, name: userName} = stored.user;
        const password = (await act(db, {tenantId, userId})) ?? undefined;
        const data = {userId, name: userName, ...(password === undefined ? {} : {password})};
        return {done: `${done} ${userName} (${userId}).`, secret: password, data};
      }),
    );
}

function newPassword(): string {
  return Array.from({length: passwordChars}, () => alphabet[randomInt(alphabet.length)]).join('');
}
