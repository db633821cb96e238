import {addApiKey, revokeApiKey, type NewKey} from '@madang/database/access/api-keys';
import {getApiKey, listApiKeys} from '@madang/database/access/key-list';
import {defaultScopes, scopes as allScopes, type Scope} from '@madang/protocol/keys';
import {limits} from '@madang/protocol/limits';
import {InvalidArgumentError, Option, type Command} from 'commander';
import {instant, shortName, tenantNamed, tenantOption, uuid} from '../arguments.ts';
import type {Output} from '../print.ts';
import {action} from '../run.ts';

type Given = {tenant: string; scopes?: Scope[]; expires?: string};

export function addKeyCommands(program: Command): void {
  const key = program.command('key').description('the service keys of products');

  key
    .command('add')
    .description('create a key, which is shown only this once; other keys of the service stay valid')
    .argument('<service>', 'the name under which the server acts', shortName)
    .addOption(tenantOption())
    .addOption(scopesOption().default(undefined, defaultScopes.join(',')))
    .addOption(expiresOption())
    .action(
      action(async (db, _config, service: string, {tenant, scopes, expires}: Given) => {
        const {id: tenantId} = await tenantNamed(db, tenant);
        const added = await addApiKey(db, {tenantId, service, ...restOf(scopes, expires)});
        return shown(`Added key ${added.id} for ${service} of ${tenant}.`, added);
      }),
    );

  key
    .command('list')
    .description('all keys, including revoked ones')
    .addOption(new Option('-t, --tenant <name>', 'only of this product'))
    .action(
      action(async (db, _config, {tenant}: {tenant?: string}) => {
        const tenantId = tenant === undefined ? undefined : (await tenantNamed(db, tenant)).id;
        return {
          rows: await listApiKeys(db, {tenantId}),
          columns: [
            'id',
            'tenant',
            'service',
            'hint',
            'scopes',
            'createdAt',
            'expiresAt',
            'lastUsedAt',
            'revokedAt',
          ],
        };
      }),
    );

  key
    .command('rotate')
    .description(
      'replace a key with a new one, which is shown only this once; sessions of the old key continue',
    )
    .argument('<id>', 'an id from the list', uuid)
    .addOption(overlapOption())
    .addOption(scopesOption().default(undefined, 'those of the old key'))
    .addOption(expiresOption())
    .action(
      action(async (db, _config, id: string, given: Omit<Given, 'tenant'> & {overlap: number}) => {
        const {key: old, tenantId} = await getApiKey(db, {id});
        const rest = restOf(given.scopes ?? old.scopes, given.expires);
        const replaced = {replaces: id, overlapSeconds: given.overlap};
        const added = await addApiKey(db, {tenantId, service: old.service, ...rest, ...replaced});
        return shown(`Added key ${added.id}; key ${id} is valid for ${given.overlap} more seconds.`, added);
      }),
    );

  key
    .command('revoke')
    .description('revoke a key, close its connections, and end the sessions that its tickets began')
    .argument('<id>', 'an id from the list', uuid)
    .option('--keep-sessions', 'leave these sessions as they are')
    .action(
      action(async (db, _config, id: string, {keepSessions = false}: {keepSessions?: boolean}) => {
        const revoked = await revokeApiKey(db, {id, sessions: !keepSessions});
        return {done: revoked ? `Revoked key ${id}.` : `Key ${id} had been revoked.`, data: {id, revoked}};
      }),
    );
}

function scopesOption(): Option {
  const description = `what it may do, comma-separated: ${allScopes.join(', ')}`;
  return new Option('--scopes <list>', description).argParser((text) => {
    const given = text.split(',').map((part) => part.trim());
    const unknown = given.find((scope) => !allScopes.includes(scope as Scope));
    if (unknown === undefined) return given;
    throw new InvalidArgumentError(`There is no scope "${unknown}"; there are ${allScopes.join(', ')}.`);
  });
}

function expiresOption(): Option {
  return new Option('--expires <time>', 'when it expires, such as 2027-01-01T00:00:00Z').argParser(instant);
}

function overlapOption(): Option {
  const most = limits.keyOverlapSeconds;
  return new Option('--overlap <seconds>', 'how long the old key stays valid')
    .default(0)
    .argParser((text) => {
      if (/^\d{1,7}$/.test(text) && Number(text) <= most) return Number(text);
      throw new InvalidArgumentError(`It must be a number of seconds from 0 to ${most}.`);
    });
}

function restOf(scopes: Scope[] | undefined, expiresAt: string | undefined): Omit<NewKey, 'service'> {
  return {...(scopes && {scopes}), ...(expiresAt !== undefined && {expiresAt})};
}

function shown(done: string, {id, key, user, stored}: Awaited<ReturnType<typeof addApiKey>>): Output {
  const {scopes, expiresAt} = stored;
  return {
    done: `${done} Store it now; it is not shown again:`,
    secret: key,
    data: {id, key, userId: user.id, scopes, expiresAt},
  };
}
