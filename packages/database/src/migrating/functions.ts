import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {Database} from '../connections/pool.ts';
import {makeNotingTriggers} from './noting-triggers.ts';

/**
 * Rises by one with every change of schema/functions; functions.test.ts has the hash of each version.
 *
 * The number keeps an older release, started in the middle of a rolling upgrade, from restoring its functions.
 */
export const functionsVersion = 2;

const folder = new URL('../../schema/functions/', import.meta.url);
const files = readdirSync(folder)
  .toSorted()
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));

export const functionsHash = createHash('sha256').update(files.join('')).digest('hex');

/** The previous release takes the same lock. */
const installing = 7243005;
const installWithinMs = 60_000;

/**
 * Replaces every function of the schema in one transaction, unless the database has these or newer ones, and makes the
 * triggers that need them.
 *
 * Calls under way finish with the functions that they started with, so this waits for them: afterwards these functions
 * make every change. Another process that finds these functions installed does not wait. Safe to run on ten nodes at
 * once. If it throws or is cut off, the next run repeats everything: until the end the database reports the old
 * version.
 */
export async function installFunctions(db: Database): Promise<'installed' | 'kept'> {
  const look = {name: '', text: 'select version, hash from installed_functions'};
  if (isKept(await db.query<Installed>(look))) return 'kept';
  // The lock belongs to the connection, and ends with it.
  const connection = await db.connect({name: 'install'});
  const run = <Row>(text: string) => connection.query<Row>({name: '', text}, [], installWithinMs);
  try {
    await run(`select pg_advisory_lock(${installing})`);
    if (isKept(await run<Installed>(look.text))) return 'kept';
    await run(replaceAll);
    await makeNotingTriggers(connection);
    await run(`
      select begin_usage();
      update installed_functions set version = ${functionsVersion}, hash = '${functionsHash}';`);
  } finally {
    await connection.close();
  }
  await outlastOlder(db);
  return 'installed';
}

function isKept([found]: Installed[]): boolean {
  const {version, hash} = found!;
  return version > functionsVersion || (version === functionsVersion && hash === functionsHash);
}

/** A transaction that is open longer is no call of a gateway or worker, but a backup or a forgotten session. */
const olderMs = 10_000;
const lookEveryMs = 50;

// A transaction holds its virtual id from beginning to end, even before it writes. Processes of the server, such as
// autovacuum, have no user.
const openTransactions = {
  name: '',
  text: `
    select l.virtualxid as id from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'virtualxid' and l.mode = 'ExclusiveLock' and l.granted and l.pid <> pg_backend_pid()
      and a.datname = current_database() and a.usesysid is not null`,
};

/** Waits until the currently open transactions have ended, but no longer than calls last. */
async function outlastOlder(db: Database): Promise<void> {
  const until = performance.now() + olderMs;
  const readOpen = async () => (await db.query<{id: string}>(openTransactions)).map(({id}) => id);
  for (let older = await readOpen(); older.length > 0 && performance.now() < until;) {
    await delay(lookEveryMs);
    const open = new Set(await readOpen());
    older = older.filter((id) => open.has(id));
  }
}

type Installed = {version: number; hash: string};

/** Statements sent as one text are one transaction. Bodies are not checked: they refer to functions that come later. */
const replaceAll = `set local check_function_bodies = off; ${files.join('\n')}`;

/** Throws an Error of one line if the database's functions are older than this release needs. */
export function requireFunctions(version: number): void {
  if (version < functionsVersion) {
    throw new Error(
      `the database has functions of version ${version}, not ${functionsVersion}: run the migrations first`,
    );
  }
}
