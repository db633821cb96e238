import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
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
 * Calls under way finish with the functions that they started with. Safe to run on ten nodes at once. When it throws the
 * database's error, nothing has changed.
 */
export async function installFunctions(db: Database): Promise<'installed' | 'kept'> {
  const [row] = await db.query<Installed>({name: '', text: 'select version, hash from installed_functions'});
  const {version, hash} = row!;
  if (version > functionsVersion || (version === functionsVersion && hash === functionsHash)) return 'kept';
  try {
    await db.query({name: '', text: replaceAll()});
    return 'installed';
  } catch (error) {
    if ((error as {code?: string}).code === overtaken) return 'kept';
    throw error;
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
