import {Command} from 'commander';
import {addAuditCommands} from './commands/audit.ts';
import {addDatabaseCommands} from './commands/db.ts';
import {addKeyCommands} from './commands/key.ts';
import {addNodeCommands} from './commands/node.ts';
import {addPolicyCommands} from './commands/policy.ts';
import {addRoomCommands} from './commands/room.ts';
import {addStatusCommands} from './commands/status.ts';
import {addTenantCommands} from './commands/tenant.ts';
import {addUsageCommands} from './commands/usage.ts';
import {addUserCommands} from './commands/user.ts';
import {addWebhookCommands} from './commands/webhook.ts';

export function createProgram(): Command {
  const program = new Command('madang')
    .description('Operates a Madang cluster. DATABASE_URL and REDIS_URL are the gateways’ own.')
    .option('--json', 'print JSON instead of tables and sentences')
    .showHelpAfterError('(see --help)')
    .exitOverride();
  for (const add of [
    addTenantCommands,
    addPolicyCommands,
    addKeyCommands,
    addWebhookCommands,
    addStatusCommands,
    addUsageCommands,
    addUserCommands,
    addRoomCommands,
    addNodeCommands,
    addAuditCommands,
    addDatabaseCommands,
  ]) {
    add(program);
  }
  return program;
}
