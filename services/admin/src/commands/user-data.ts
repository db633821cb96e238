/** What is stored about users: show, set, export and erase it. */
import type {Database} from '@madang/database/connections/pool';
import {appendAudit} from '@madang/database/operator/audit';
import {deletePerson, listErasures} from '@madang/database/users/administration';
import {exportUser} from '@madang/database/users/export';
import {putUser} from '@madang/database/users/external-users';
import {ChatError} from '@madang/protocol/errors';
import {putUserInput} from '@madang/protocol/users';
import {InvalidArgumentError, Option, type Command} from 'commander';
import {limitOption, tenantNamed, tenantOption, userArgument, userNamed} from '../arguments.ts';
import {action} from '../run.ts';

type OfTenant = {tenant: string};
type Given = OfTenant & {name: string; displayName?: string; color?: string; data?: unknown};

/** The colour of users that an operator creates. Users that a product creates get one derived from their own id. */
const defaultColor = '#5b6b7b';

export function addDataCommands(user: Command): void {
  user
    .command('get')
    .description('show all fields of a user')
    .addArgument(userArgument())
    .addOption(tenantOption())
    .action(
      action(async (db, _config, given: string, {tenant}: OfTenant) => {
        const {user: found} = await find(db, tenant, given);
        return {done: JSON.stringify(found, null, 2), data: found};
      }),
    );

  user
    .command('put')
    .description('create or update a user by the product’s own id')
    .argument('<own-id>', 'the product’s own id')
    .requiredOption('--name <name>', 'the user’s name in the product')
    .option('--display-name <name>', 'what people see instead')
    .option('--color <color>', 'as #rrggbb')
    .addOption(new Option('--data <json>', 'the product’s own JSON object, at most 4 KiB').argParser(jsonOf))
    .addOption(tenantOption())
    .action(
      action(async (db, _config, ownId: string, {tenant, ...given}: Given) => {
        const {id: tenantId} = await tenantNamed(db, tenant);
        const {user: externalId, ...profile} = parsed({user: ownId, ...given});
        const {user: stored} = await putUser(db, {tenantId, externalId, ...profile, defaultColor});
        return {done: `Stored ${stored.name} (${stored.id}).`, data: stored};
      }),
    );

  user
    .command('delete')
    .description('delete permanently, and erase the messages; user erasures shows the progress')
    .addArgument(userArgument())
    .addOption(
      new Option('--messages <what>', 'what happens to them').choices(['erase', 'keep']).default('erase'),
    )
    .addOption(tenantOption())
    .action(
      action(
        async (db, _config, given: string, {tenant, messages}: OfTenant & {messages: 'erase' | 'keep'}) => {
          const {tenantId, user: found} = await find(db, tenant, given);
          const {id: userId, name} = found;
          await deletePerson(db, {tenantId, ref: {id: userId}, messages});
          return {done: `Deleted ${name} (${userId}).`, data: {userId, name, messages}};
        },
      ),
    );

  user
    .command('erasures')
    .description('deleted users and what was erased of them, newest first')
    .addOption(tenantOption())
    .addOption(limitOption())
    .action(
      action(async (db, _config, {tenant, limit}: OfTenant & {limit: number}) => {
        const {id: tenantId} = await tenantNamed(db, tenant);
        const rows = await listErasures(db, {tenantId, limit});
        return {rows, columns: ['userId', 'externalId', 'messages', 'requestedAt', 'finishedAt', 'counts']};
      }),
    );

  user
    .command('export')
    .description('everything that is stored about a user, as lines of JSON')
    .addArgument(userArgument())
    .addOption(tenantOption())
    .action(
      action(async (db, _config, given: string, {tenant}: OfTenant) => {
        const {tenantId, user: found} = await find(db, tenant, given);
        await appendAudit(db, [{tenantId, action: 'user:export', userId: found.id}]);
        return {lines: exportUser(db, {tenantId, userId: found.id})};
      }),
    );
}

async function find(db: Database, tenant: string, given: string) {
  const {id: tenantId} = await tenantNamed(db, tenant);
  return {tenantId, user: (await userNamed(db, tenantId, given)).user};
}

function parsed(given: object) {
  const {success, data, error} = putUserInput.safeParse(given);
  if (success) return data;
  const texts = error.issues.map(({path, message}) => `${path.map(String).join('.')}: ${message}`);
  throw new ChatError('invalid', {message: texts.join('; ')});
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It must be a JSON object.');
  }
}
