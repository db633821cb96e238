import {addApiKey, listApiKeys, revokeApiKey} from '@madang/database/access/api-keys';
import {Option, type Command} from 'commander';
import {shortName, tenantNamed, tenantOption, uuid} from '../arguments.ts';
import {action} from '../run.ts';

export function addKeyCommands(program: Command): void {
  const key = program.command('key').description('the keys with which products’ servers call');

  key
    .command('add')
    .description('make a key, which is shown this once; a further one for a service replaces none')
    .argument('<service>', 'the name under which the server acts', shortName)
    .addOption(tenantOption())
    .action(
      action(async (db, _config, service: string, {tenant}: {tenant: string}) => {
        const {id: tenantId} = await tenantNamed(db, tenant);
        const added = await addApiKey(db, {tenantId, service});
        const done = `Added key ${added.id} for ${service} of ${tenant}. Keep it now, it is not shown again:`;
        return {done, secret: added.key, data: {id: added.id, key: added.key, userId: added.user.id}};
      }),
    );

  key
    .command('list')
    .description('all keys, revoked ones too')
    .addOption(new Option('-t, --tenant <name>', 'of one product'))
    .action(
      action(async (db, _config, {tenant}: {tenant?: string}) => {
        const tenantId = tenant === undefined ? undefined : (await tenantNamed(db, tenant)).id;
        return {
          rows: await listApiKeys(db, {tenantId}),
          columns: ['id', 'tenant', 'service', 'hint', 'createdAt', 'revokedAt'],
        };
      }),
    );

  key
    .command('revoke')
    .description('revoke a key, and close what is connected by it')
    .argument('<id>', 'as the list shows it', uuid)
    .action(
      action(async (db, _config, id: string) => {
        const revoked = await revokeApiKey(db, {id});
        return {done: revoked ? `Revoked key ${id}.` : `Key ${id} had been revoked.`, data: {id, revoked}};
      }),
    );
}
