import {readUsage} from '@madang/database/operator/usage';
import {InvalidArgumentError, Option, type Command} from 'commander';
import {z} from 'zod';
import {tenantNamed} from '../arguments.ts';
import {action} from '../run.ts';
import {tableOf} from '../table.ts';

const columns = ['day', 'messages', 'users', 'rooms', 'connections', 'calls', 'bytes'];

export function addUsageCommands(program: Command): void {
  program
    .command('usage')
    .description('a product’s usage by day, with its quotas; by default for the last month')
    .argument('<tenant>')
    .addOption(dayOption('--from <day>', 'the first day'))
    .addOption(dayOption('--to <day>', 'the last day'))
    .action(
      action(async (db, _config, name: string, {from, to}: {from?: string; to?: string}) => {
        const {id: tenantId} = await tenantNamed(db, name);
        const {days, quotas} = await readUsage(db, {tenantId, from, to});
        return {done: tableOf([...days, ...rowOf(quotas)], columns), data: {days, quotas}};
      }),
    );
}

/** The quotas below the days, for comparison. */
function rowOf(quotas: Record<string, number | undefined>): Record<string, unknown>[] {
  return Object.keys(quotas).length === 0 ? [] : [{day: 'quota', ...quotas}];
}

function dayOption(flags: string, what: string): Option {
  return new Option(flags, `${what} in UTC, such as 2026-03-01`).argParser((text) => {
    if (z.iso.date().safeParse(text).success) return text;
    throw new InvalidArgumentError('It must be a day such as 2026-03-01.');
  });
}
