/** What the cluster stores: the rows of every table, the bytes of the database, and the memory of Redis. */
import {createDatabase} from '@madang/database/connections/pool';
import {createRedisClients} from '@madang/redis/clients';
import {readFigures} from '@madang/redis/figures';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';

export type Kept = {rows: Map<string, number>; databaseBytes: number; redisBytes: number};
export type Growth = {rows: number; redisMiB: number; says: string};

const mebibyte = 1024 * 1024;
const silent = {debug() {}, info() {}, warn() {}, error() {}};
const redisLog = {...silent, child: () => silent};
const patient = {statementTimeoutMs: 60_000, deadlineMs: 60_000};

const countRows = {
  name: '',
  text: `
    select c.relname as name, pg_database_size(current_database())::float8 as bytes,
      (xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I', c.relname), false, true, '')))[1]
        ::text::integer as rows
    from pg_class c where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace`,
};

export async function readKept({databaseUrl, redisUrl, redisPrefix}: ProcessCluster): Promise<Kept> {
  const db = createDatabase({
    url: databaseUrl,
    log: silent,
    applicationName: 'madang verify',
    maxConnections: 1,
    ...patient,
  });
  const redis = createRedisClients({
    url: redisUrl,
    prefix: redisPrefix,
    log: redisLog as never,
    name: 'verify',
  });
  try {
    await redis.connect();
    const tables = await db.query<{name: string; bytes: number; rows: number}>(countRows);
    return {
      rows: new Map(tables.map(({name, rows}) => [name, rows])),
      databaseBytes: tables[0]?.bytes ?? 0,
      redisBytes: (await readFigures(redis)).memoryBytes,
    };
  } finally {
    await redis.close();
    await db.close();
  }
}

/** The bystanders' own messages do not count, nor do their moves, which remain for some minutes. */
export function growthOf(before: Kept, after: Kept, sends: number): Growth {
  const own: Record<string, number> = {messages: Infinity, moves: sends};
  const grown = [...after.rows]
    .map(([name, rows]) => ({name, rows: rows - (before.rows.get(name) ?? 0) - (own[name] ?? 0)}))
    .filter(({rows}) => rows > 0)
    .toSorted((a, b) => b.rows - a.rows);
  const redisMiB = Math.max(0, after.redisBytes - before.redisBytes) / mebibyte;
  const databaseMiB = (after.databaseBytes - before.databaseBytes) / mebibyte;
  const tables = grown.map(({name, rows}) => `${name} ${rows}`).join(', ') || 'none';
  return {
    rows: grown.reduce((sum, {rows}) => sum + rows, 0),
    redisMiB,
    says: `rows: ${tables}; database ${databaseMiB.toFixed(1)} MiB, Redis ${redisMiB.toFixed(1)} MiB`,
  };
}
