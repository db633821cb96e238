import {
  insertTenant,
  listTenants,
  updateTenant,
  type TenantSettings,
} from '@madang/database/operator/tenants';
import {presetPolicy, type PresetName} from '@madang/protocol/policy-presets';
import {Option, type Command} from 'commander';
import {hostName, onOff, presetOption, shortName} from '../arguments.ts';
import {action} from '../run.ts';

type AddOptions = Partial<TenantSettings> & {host?: string[]; preset?: PresetName};
type SetOptions = Partial<TenantSettings> & {addHost?: string[]; removeHost?: string[]};

const settings = () => [
  onOff('registration', 'whether people may register'),
  onOff('guests', 'whether guests may sign in'),
  onOff('directory', 'whether users may look each other up'),
];

export function addTenantCommands(program: Command): void {
  const tenant = program.command('tenant').description('the products that share the cluster');

  const add = tenant
    .command('add')
    .description('add a product')
    .argument('<name>', 'its name', shortName)
    .addOption(new Option('--host <name>', 'a host name that leads to it (repeatable)').argParser(hostName));
  add.addOption(presetOption());
  for (const option of settings()) add.addOption(option);
  add.action(
    action(async (db, _config, name: string, {host = [], preset = 'community', ...given}: AddOptions) => {
      const {registration, guests, directory} = given;
      const policy = presetPolicy(preset, name);
      const added = await insertTenant(db, {name, hosts: host, policy, registration, guests, directory});
      return {done: `Added tenant ${name}.`, data: added};
    }),
  );

  const set = tenant
    .command('set')
    .description('change a product; takes effect everywhere within two seconds')
    .argument('<name>')
    .addOption(new Option('--add-host <name>', 'a host name to add (repeatable)').argParser(hostName))
    .addOption(new Option('--remove-host <name>', 'a host name to remove (repeatable)').argParser(hostName));
  for (const option of settings()) set.addOption(option);
  set.action(
    action(async (db, _config, name: string, options: SetOptions) => {
      const {addHost, removeHost, registration, guests, directory} = options;
      const patch = {registration, guests, directory};
      await updateTenant(db, {name, addHosts: addHost, removeHosts: removeHost, ...patch});
      const data = (await listTenants(db)).find((each) => each.name === name)!;
      return {done: `Changed tenant ${name}.`, data};
    }),
  );

  tenant
    .command('list')
    .description('all products')
    .action(
      action(async (db) => ({
        rows: await listTenants(db),
        columns: ['name', 'hosts', 'registration', 'guests', 'directory', 'id'],
      })),
    );
}
