import {fileURLToPath} from 'node:url';
import {runner} from 'node-pg-migrate';
import type {Database, Log} from './pool.ts';

const directory = fileURLToPath(new URL('../migrations', import.meta.url));
const migrationsTable = 'migrations';

/** The migration this release was written against. A newer schema is fine: migrations only ever add (docs/decisions.md). */
export const requiredMigration = '20261121183500000_leave_again';

/**
 * Brings the schema up to date, in one transaction per migration.
 *
 * Safe to run on ten nodes at once: whoever comes second waits for the advisory lock and then finds nothing to do.
 */
export async function migrate(url: string, log: Log): Promise<void> {
  const applied = await runner({
    databaseUrl: {connectionString: url, application_name: 'madang migrate'},
    dir: directory,
    migrationsTable,
    direction: 'up',
    singleTransaction: false,
    advisoryLockMode: 'wait',
    // A node of an older release, restarted during a rolling upgrade, lacks files that are applied already.
    checkOrder: false,
    log: () => {},
    logger: {
      debug: () => {},
      info: () => {},
      warn: (message) => log.warn({}, message),
      error: (message) => log.error({}, message),
    },
  });
  for (const {name} of applied) log.info({migration: name}, 'applied migration');
}

/** Throws an Error of one line when the server or its schema is too old for this release. */
export async function requireSchema(db: Database): Promise<void> {
  const [server] = await db.query<{version: number; schema: boolean}>({
    name: '',
    text: `select current_setting('server_version_num')::int / 10000 as version,
      to_regclass('${migrationsTable}') is not null as schema`,
  });
  const {version, schema} = server!;
  if (version < 15) throw new Error(`Postgres ${version} is too old: this release needs 15 to 18`);
  const text = `select from ${migrationsTable} where name = $1`;
  const found = schema ? await db.query({name: '', text}, [requiredMigration]) : [];
  if (found.length === 0) {
    throw new Error(`the database lacks migration ${requiredMigration}: run the migrations first`);
  }
}
