import {listAudit} from '@madang/database/operator/audit';
import {InvalidArgumentError, Option, type Command} from 'commander';
import {isIP} from 'node:net';
import {limitOption, tenantNamed} from '../arguments.ts';
import {action} from '../run.ts';

type Options = {
  tenant?: string;
  actor?: string;
  action?: string;
  address?: string;
  since?: string;
  until?: string;
  limit: number;
};

export function addAuditCommands(program: Command): void {
  program
    .command('audit')
    .description('who did what to whom, when and from where; newest first')
    .addOption(new Option('-t, --tenant <name>', 'only of this product'))
    .option('--actor <user>', 'who acted: an id, the name of an account, or a source from the list')
    .option('--action <name>', 'such as user:sign-in-failed, or user for all actions on users')
    .addOption(
      new Option(
        '--address <address>',
        'only from this address, or this network such as 10.0.0.0/8',
      ).argParser(network),
    )
    .addOption(
      new Option(
        '--since <time>',
        'only from this time: 2026-11-28, 2026-11-28T20:00:00Z, or 24h or 7d ago',
      ).argParser(time),
    )
    .addOption(new Option('--until <time>', 'only before this time').argParser(time))
    .addOption(limitOption())
    .action(
      action(async (db, _config, {tenant, ...filter}: Options) => {
        const tenantId = tenant === undefined ? undefined : (await tenantNamed(db, tenant)).id;
        const rows = await listAudit(db, {tenantId, ...filter});
        const columns = [
          'at',
          'tenant',
          'action',
          'actor',
          'subject',
          'room',
          'address',
          'reason',
          'details',
          'source',
        ];
        return {rows: rows.map((row) => ({...row})), columns};
      }),
    );
}

function network(text: string): string {
  const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const bits = isIP(address) === 6 ? 128 : 32;
  if (isIP(address) && Number(prefix ?? 0) <= bits) return text;
  throw new InvalidArgumentError(
    'It must be an address such as 192.0.2.7, or a network such as 192.0.2.0/24.',
  );
}

const unitsMs: Record<string, number> = {m: 60_000, h: 3_600_000, d: 86_400_000};

function time(text: string): string {
  const [, count, unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const at = count === undefined ? Date.parse(text) : Date.now() - Number(count) * unitsMs[unit]!;
  if (Number.isFinite(at)) return new Date(at).toISOString();
  throw new InvalidArgumentError('It must be a time such as 2026-11-28T20:00:00Z, or 24h for a day ago.');
}
