import {setTimeout as sleep} from 'node:timers/promises';
import type {Database} from '@madang/database/connections/pool';
import {readStatus, type DatabaseStatus, type NodeFigures} from '@madang/database/operator/status';
import {ChatError} from '@madang/protocol/errors';
import type {Command} from 'commander';
import {action} from '../run.ts';
import {tableOf} from '../table.ts';

const everyMs = 1_000;
/** Clears the terminal, and begins at its top. */
const clear = '\u001b[2J\u001b[H';

export function addStatusCommands(program: Command): void {
  program
    .command('status')
    .description('the cluster at one glance: nodes, stores, products by use, last errors')
    .option('--watch', 'show it again each second, until Ctrl-C')
    .action(
      action(async (db, _config, {watch}: {watch?: boolean}) => {
        if (watch) await watchStatus(db, program.opts<{json?: boolean}>().json ?? false);
        const status = await readStatus(db);
        return {done: pageOf(status), data: status};
      }),
    );
}

/** Never returns: Ctrl-C ends the process. It shows an outage, and goes on afterwards. */
async function watchStatus(db: Database, isJson: boolean): Promise<never> {
  for (;;) {
    const shown = await readStatus(db).then(
      (status) => (isJson ? JSON.stringify(status) : clear + pageOf(status)),
      (error: unknown) => {
        if (!(error instanceof ChatError)) throw error;
        return isJson ? JSON.stringify({error: error.toWire()}) : `${clear}${error.message}`;
      },
    );
    process.stdout.write(`${shown}\n`);
    await sleep(everyMs);
  }
}

const nodeColumns = [
  'node',
  'version',
  'state',
  'connections',
  'rooms',
  'calls/s',
  'sends/s',
  'deliveries/s',
  'broadcast',
  'memory',
  'since',
];

function pageOf({nodes, postgres, tenants}: DatabaseStatus): string {
  const errors = nodes.flatMap(({name, errors: found}) => found.map((each) => ({node: name, ...each})));
  const store = `Postgres ${postgres.version}: ${postgres.connections} of ${postgres.maxConnections} connections, ${mebibytes(postgres.databaseBytes)}`;
  return [
    tableOf(nodes.map(rowOf), nodeColumns),
    store,
    'products today',
    tableOf(tenants, ['name', 'messages', 'calls', 'connections']),
    'errors since start',
    tableOf(
      errors.toSorted((one, other) => (one.lastAt < other.lastAt ? 1 : -1)),
      ['node', 'code', 'count', 'lastAt'],
    ),
  ].join('\n\n');
}

function rowOf(node: NodeFigures): Record<string, unknown> {
  return {
    node: node.name,
    version: node.version,
    state: stateOf(node),
    connections: node.connections,
    rooms: node.rooms,
    'calls/s': node.callsPerSecond,
    'sends/s': node.sendsPerSecond,
    'deliveries/s': node.framesPerSecond,
    broadcast: node.canaryMs === undefined ? '-' : `${node.canaryMs} ms`,
    memory: mebibytes(node.memoryBytes),
    since: node.startedAt,
  };
}

function stateOf({failure, redisUp, postgresUp, ready}: NodeFigures): string {
  if (failure !== undefined) return failure;
  if (!redisUp) return 'no Redis';
  if (!postgresUp) return 'no Postgres';
  return ready ? 'ready' : 'not ready';
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`;
}
