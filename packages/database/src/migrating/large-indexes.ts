/** Makes the indexes of large tables, under traffic. */
import {readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {Connection} from '../connections/connection.ts';
import type {Database} from '../connections/pool.ts';

const text = readFileSync(new URL('../../schema/large-indexes.sql', import.meta.url), 'utf8');
const indexes = [...text.matchAll(/^create index (\w+)( on [^;]*);/gm)].map(([, name, on]) => ({
  name: name!,
  statement: `create index concurrently ${name}${on}`,
}));

const lock = 7243008;
const lookEveryMs = 200;
/** Reading a table of a hundred million rows takes minutes. */
const madeWithinMs = 3_600_000;

/**
 * Makes the missing indexes, and replaces those whose making was cut off. Postgres waits for the transactions that were
 * open before, but nobody waits for Postgres. Rejects if one of them stays open longer than the lock timeout; the next
 * run goes on. Safe to run on ten nodes at once.
 */
export async function makeLargeIndexes(db: Database): Promise<void> {
  if ((await readMissing(db)).length === 0) return;
  const connection = await db.connect({name: 'indexes'});
  try {
    await run(connection, 'set statement_timeout = 0');
    // A call that waits for this lock would hold a snapshot, and making an index waits for older snapshots to end.
    while (!(await isLocked(connection))) await delay(lookEveryMs);
    for (const {name, isBroken} of await readMissing(db)) {
      if (isBroken) await run(connection, `drop index concurrently ${name}`);
      await run(connection, indexes.find((index) => index.name === name)!.statement);
    }
  } finally {
    await connection.close();
  }
}

type Missing = {name: string; isBroken: boolean};

const missing = {
  name: '',
  text: `
    select name, i.indexrelid is not null as "isBroken"
    from unnest($1::text[]) as name left join pg_index i on i.indexrelid = to_regclass(name)
    where i.indisvalid is not true`,
};

const readMissing = (db: Database) => db.query<Missing>(missing, [indexes.map(({name}) => name)]);

function run<Row>(connection: Connection, statement: string): Promise<Row[]> {
  return connection.query<Row>({name: '', text: statement}, [], madeWithinMs);
}

/** The lock belongs to the connection, and ends with it. */
async function isLocked(connection: Connection): Promise<boolean> {
  const [row] = await run<{isLocked: boolean}>(
    connection,
    `select pg_try_advisory_lock(${lock}) as "isLocked"`,
  );
  return row!.isLocked;
}
