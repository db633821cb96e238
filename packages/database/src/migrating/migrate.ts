import {fileURLToPath} from 'node:url';
import {runner} from 'node-pg-migrate';
import {readPostgresAddress, type PostgresHost} from '@madang/runtime/postgres-address';
import {withoutPooler, type PostgresPlace} from '@madang/runtime/postgres-variables';
import {clientConfig} from '../connections/connection.ts';
import {asOptions, sessionSettings} from '../connections/session-settings.ts';
import {functionsVersion, installFunctions, requireFunctions} from './functions.ts';
import {makeLargeIndexes} from './large-indexes.ts';
import {keepLogin} from './logins.ts';
import {createDatabase, type Database, type Log} from '../connections/pool.ts';
import {keepSettings} from './role-settings.ts';

const directory = fileURLToPath(new URL('../../migrations', import.meta.url));
const migrationsTable = 'migrations';

/** The migration that this release needs. A newer schema is fine: migrations only ever add (docs/decisions.md). */
export const requiredMigration = '20261202160000000_slowed_spans';

export type MigrateOptions = {
  /** The addresses for gateways and workers, and for `npx madang`: their roles are created if that is allowed. */
  appUrl?: string;
  adminUrl?: string;
  /** The gateways' pooler: where it lends sessions for a transaction, their role gets the settings of a session. */
  pooler?: 'session' | 'transaction' | undefined;
  /** How long audit log lines are kept; unchanged unless given. */
  auditDays?: number;
};

/**
 * Updates the schema: one transaction per migration, then one for all functions, then the rights of the roles, then the
 * indexes of large tables.
 *
 * Safe to run on ten nodes at once: the second one waits for the advisory lock and then finds nothing to do.
 */
export async function migrate(
  at: string | PostgresPlace,
  log: Log,
  options: MigrateOptions = {},
): Promise<void> {
  // Through a pooler the locks of migrations could stay behind.
  const place = typeof at === 'string' ? {url: at} : withoutPooler(at);
  const db = createDatabase({
    ...place,
    log,
    applicationName: 'madang migrate',
    // One transaction at a time, each with the time that a busy server needs.
    maxConnections: 1,
    statementTimeoutMs: 30_000,
    lockTimeoutMs: 30_000,
    deadlineMs: 60_000,
  });
  try {
    // A process with fewer rights may still start if there is nothing to do.
    if (await isOthers(db)) return await requireSchema(db);
    await runMigrations(db, place, log);
    if ((await installFunctions(db)) === 'installed')
      log.info({version: functionsVersion}, 'installed functions');
    await grant(db, place, options);
    await makeLargeIndexes(db);
  } finally {
    await db.close();
  }
}

/** Whether the schema belongs to a role of which the calling role is not a member. */
async function isOthers(db: Database): Promise<boolean> {
  const text = `select from pg_class where oid = to_regclass('${migrationsTable}') and not pg_has_role(relowner, 'usage')`;
  return (await db.query({name: '', text})).length > 0;
}

async function grant(
  db: Database,
  {schema, url}: PostgresPlace,
  {appUrl, adminUrl, pooler, auditDays}: MigrateOptions,
): Promise<void> {
  await db.query({name: '', text: 'select grant_privileges()'});
  if (appUrl) await keepLogin(db, appUrl, 'madang_app');
  if (adminUrl) await keepLogin(db, adminUrl, 'madang_admin');
  const {user} = readPostgresAddress(appUrl ?? url);
  if (pooler === 'transaction' && user) await keepSettings(db, user, schema);
  const text = 'update cluster set audit_days = $1 where audit_days <> $1';
  if (auditDays) await db.query({name: '', text}, [auditDays]);
}

async function runMigrations(db: Database, place: PostgresPlace, log: Log): Promise<void> {
  const {schema} = place;
  if (schema !== undefined) await keepSchema(db, schema);
  const applied = await runner({
    databaseUrl: {
      ...clientConfig(place, readPostgresAddress(place.url), await servingHost(db)),
      application_name: 'madang migrate',
      ...(place.pooler === undefined && {options: asOptions(sessionSettings(schema))}),
    },
    dir: directory,
    migrationsTable,
    migrationsSchema: await schemaOfMigrations(db),
    direction: 'up',
    singleTransaction: false,
    advisoryLockMode: 'wait',
    // A node of an older release, restarted during a rolling upgrade, lacks files that have already been applied.
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

async function keepSchema(db: Database, schema: string): Promise<void> {
  const found = await db.query({name: '', text: 'select from pg_namespace where nspname = $1'}, [schema]);
  if (found.length === 0) await db.query({name: '', text: `create schema "${schema}"`});
}

/** Of several, the one that accepts writes. */
async function servingHost(db: Database): Promise<PostgresHost> {
  const connection = await db.connect({name: 'look'});
  await connection.close();
  return connection.host;
}

/** That of the table, if there is one, or of the tables that come. */
async function schemaOfMigrations(db: Database): Promise<string> {
  const text = `
    select coalesce(
      (select relnamespace::regnamespace::text from pg_class where oid = to_regclass('${migrationsTable}')),
      current_schema()) as schema`;
  const [found] = await db.query<{schema: string | null}>({name: '', text});
  if (!found?.schema) throw new Error('the search_path of the role names no schema; set DATABASE_SCHEMA');
  return found.schema;
}

/** Throws a one-line Error if the server or its schema is too old for this release; otherwise runs only one query. */
export async function requireSchema(db: Database): Promise<void> {
  const {version, isMigrated, functions} = await readInstalled(db);
  if (version < 15) throw new Error(`Postgres ${version} is too old: this release needs 15 to 18`);
  if (!isMigrated) {
    throw new Error(`the database lacks migration ${requiredMigration}: run the migrations first`);
  }
  requireFunctions(functions);
}

type Found = {version: number; isMigrated: boolean; functions: number};

const serverVersion = `current_setting('server_version_num')::int / 10000 as version`;
/** SQLSTATE: a table that the statement names does not exist. */
const undefinedTable = '42P01';

async function readInstalled(db: Database): Promise<Found> {
  const text = `select ${serverVersion}, (select version from installed_functions) as functions,
    exists (select from ${migrationsTable} where name = $1) as "isMigrated"`;
  try {
    const [found] = await db.query<Found>({name: '', text}, [requiredMigration]);
    return found!;
  } catch (error) {
    if ((error as {code?: string}).code !== undefinedTable) throw error;
    const [server] = await db.query<{version: number}>({name: '', text: `select ${serverVersion}`});
    return {version: server!.version, isMigrated: false, functions: 0};
  }
}
