import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {Database} from '../connections/pool.ts';

/**
 * Rises by one with every change of schema/functions; functions.test.ts knows the hash of each.
 *
 * The number is what keeps an older release, started in the middle of a rolling upgrade, from putting its functions back.
 */
export const functionsVersion = 2;

const folder = new URL('../../schema/functions/', import.meta.url);
const files = readdirSync(folder)
  .toSorted()
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));

export const functionsHash = createHash('sha256').update(files.join('')).digest('hex');

/** SQLSTATE: another process has installed these or newer functions since this one looked. */
const overtaken = 'MDF01';

/**
 * Replaces every function of the schema in one transaction, unless the database has these or newer ones.
 *
 * Calls under way finish with the functions that they started with, so this waits for them: afterwards every change is
 * made by these functions. Another process that finds these functions installed does not wait. Safe to run on ten nodes at
 * once. When replacing throws the database's error, nothing has changed.
 */
export async function installFunctions(db: Database): Promise<'installed' | 'kept'> {
  const [row] = await db.query<Installed>({name: '', text: 'select version, hash from installed_functions'});
  const {version, hash} = row!;
  if (version > functionsVersion || (version === functionsVersion && hash === functionsHash)) return 'kept';
  try {
    await db.query({name: '', text: replaceAll()});
  } catch (error) {
    if ((error as {code?: string}).code === overtaken) return 'kept';
    throw error;
  }
  await outlastOlder(db);
  return 'installed';
}

/** What is open longer is no call of a gateway or a worker, but a backup or a session that somebody has left open. */
const olderMs = 10_000;
const lookEveryMs = 50;

// A transaction holds its virtual id from its beginning to its end, also before it writes. Processes of the server, such as
// autovacuum, have no user.
const openTransactions = {
  name: '',
  text: `
    select l.virtualxid as id from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'virtualxid' and l.mode = 'ExclusiveLock' and l.granted and l.pid <> pg_backend_pid()
      and a.datname = current_database() and a.usesysid is not null`,
};

/** Waits until the transactions that are open now have ended, but no longer than calls last. */
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

/** Statements sent as one text are one transaction. Bodies are not checked: they name functions that come later. */
function replaceAll(): string {
  return `
    select pg_advisory_xact_lock(7243005);
    do $$ begin
      if exists (select from installed_functions where version > ${functionsVersion} or hash = '${functionsHash}') then
        raise exception 'these or newer functions are installed' using errcode = '${overtaken}';
      end if;
    end $$;
    set local check_function_bodies = off;
    ${files.join('\n')}
    update installed_functions set version = ${functionsVersion}, hash = '${functionsHash}';`;
}

/** Throws an Error of one line when the database's functions are older than this release needs. */
export function requireFunctions(version: number): void {
  if (version < functionsVersion) {
    throw new Error(
      `the database has functions of version ${version}, not ${functionsVersion}: run the migrations first`,
    );
  }
}
