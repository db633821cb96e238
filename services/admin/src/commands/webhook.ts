import {addWebhook, getWebhook, listWebhooks, updateWebhook} from '@madang/database/events/webhooks';
import {ChatError} from '@madang/protocol/errors';
import {createWebhookInput} from '@madang/protocol/webhooks';
import {createOutbound} from '@madang/runtime/outbound';
import {postTest, webhookSecret} from '@madang/runtime/webhook';
import {InvalidArgumentError, type Command} from 'commander';
import {tenantNamed, tenantOption, uuid} from '../arguments.ts';
import type {Config} from '../config.ts';
import type {Output} from '../print.ts';
import {action} from '../run.ts';

type Given = {tenant: string};

export function addWebhookCommands(program: Command): void {
  const webhook = program
    .command('webhook')
    .description('the addresses to which products’ events are posted');

  webhook
    .command('add')
    .description('add a webhook, whose secret is shown only this once')
    .argument('<url>', 'an https address')
    .addOption(tenantOption())
    .option('--types <list>', 'only these events, comma-separated')
    .action(
      action(async (db, config, url: string, {tenant, types}: Given & {types?: string}) => {
        const master = masterOf(config);
        const input = readInput(url, types);
        const {id: tenantId} = await tenantNamed(db, tenant);
        const {webhook: added, rotation} = await addWebhook(db, {...input, tenantId});
        const secret = webhookSecret(master, {id: added.id, rotation});
        return shown(`Added webhook ${added.id} of ${tenant}.`, added.id, secret);
      }),
    );

  webhook
    .command('list')
    .description('the webhooks of a product')
    .addOption(tenantOption())
    .action(
      action(async (db, _config, {tenant}: Given) => {
        const {id: tenantId} = await tenantNamed(db, tenant);
        return {
          rows: await listWebhooks(db, tenantId),
          columns: ['id', 'url', 'types', 'status', 'position', 'lagSeconds', 'attempts', 'lastError'],
        };
      }),
    );

  webhook
    .command('test')
    .description('post a delivery without events, from this machine')
    .argument('<id>', 'an id from the list', uuid)
    .addOption(tenantOption())
    .action(
      action(async (db, config, id: string, {tenant}: Given) => {
        const master = masterOf(config);
        const {id: tenantId} = await tenantNamed(db, tenant);
        const {webhook: kept, rotation} = await getWebhook(db, {id, tenantId});
        const outbound = createOutbound({allowed: config.OUTBOUND_ALLOW});
        const data = await postTest(outbound, {...kept, rotation}, master);
        return {done: data.delivered ? `Delivered: ${data.status}.` : `Not delivered. ${data.error}`, data};
      }),
    );

  webhook
    .command('replay')
    .description('deliver the events after a position again')
    .argument('<id>', 'an id from the list', uuid)
    .argument('<position>', 'the position of an event', wholeNumber)
    .addOption(tenantOption())
    .action(
      action(async (db, _config, id: string, after: number, {tenant}: Given) => {
        const {id: tenantId} = await tenantNamed(db, tenant);
        const {webhook: data} = await updateWebhook(db, {id, tenantId}, {after}, 'webhook:replay');
        return {done: `Webhook ${id} continues after position ${after}.`, data};
      }),
    );

  webhook
    .command('rotate')
    .description('create a new secret, which is shown only this once; the previous one also signs for a day')
    .argument('<id>', 'an id from the list', uuid)
    .addOption(tenantOption())
    .action(
      action(async (db, config, id: string, {tenant}: Given) => {
        const master = masterOf(config);
        const {id: tenantId} = await tenantNamed(db, tenant);
        const {rotation} = await updateWebhook(db, {id, tenantId}, {rotate: true}, 'webhook:rotate');
        return shown(`Webhook ${id} has a new secret.`, id, webhookSecret(master, {id, rotation}));
      }),
    );
}

function masterOf({WEBHOOK_SECRET}: Config): string {
  if (WEBHOOK_SECRET !== undefined) return WEBHOOK_SECRET;
  throw new ChatError('invalid', {message: 'Set WEBHOOK_SECRET to that of the gateways and workers.'});
}

function readInput(url: string, types: string | undefined) {
  const given = {url, ...(types !== undefined && {types: types.split(',').map((type) => type.trim())})};
  const {success, data, error} = createWebhookInput.safeParse(given);
  if (success) return data;
  const issues = error.issues.map(({path, message}) => ({path: path.join('.'), message}));
  throw new ChatError('invalid', {details: {issues}});
}

function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}

function shown(done: string, id: string, secret: string): Output {
  return {done: `${done} Store it now; it is not shown again:`, secret, data: {id, secret}};
}
