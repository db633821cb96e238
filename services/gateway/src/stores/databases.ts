/** A gateway's connections to Postgres. */
import {requireSchema} from '@madang/database/migrating/migrate';
import {requireSettings} from '@madang/database/migrating/role-settings';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import type {Logger} from '@madang/runtime/log';
import type {Registry} from '@madang/runtime/metrics';
import {postgresOf, withoutPooler, type PostgresPlace} from '@madang/runtime/postgres-variables';
import type {Config} from '../config.ts';

export type Databases = {
  db: Database;
  /** Separate connections for statements that are slow because they are large. */
  filesDb: Database;
};

/** For statements that carry images. */
export const filesPatience = {statementTimeoutMs: 10_000, deadlineMs: 12_000};

/** Rejects with one line if the schema is older than needed. */
export async function openDatabases(config: Config, log: Logger, metrics: Registry): Promise<Databases> {
  const [place, name] = [postgresOf(config), config.NODE_NAME];
  await requireSchemaOf(place, name, log);
  const db = createDatabase({...place, log, metrics, applicationName: name});
  const filesDb = createDatabase({
    ...withoutPooler(place),
    log,
    metrics,
    applicationName: `${name} files`,
    client: 'files',
    maxConnections: 2,
    ...filesPatience,
  });
  return {db, filesDb};
}

/** Allows more time than a call: at start on a busy machine, the deadline of calls would end the process. */
async function requireSchemaOf(place: PostgresPlace, name: string, log: Logger): Promise<void> {
  const patience = {statementTimeoutMs: 10_000, deadlineMs: 12_000};
  const db = createDatabase({
    ...place,
    log,
    applicationName: `${name} start`,
    maxConnections: 1,
    ...patience,
  });
  try {
    await requireSchema(db).catch(explainPooler);
    await requireSettings(db, place);
  } finally {
    await db.close();
  }
}

/** PgBouncer refuses the settings with which a connection begins, unless it is told to ignore them. */
function explainPooler(error: unknown): never {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (/unsupported startup parameter/.test(cause.message))
      throw new Error('DATABASE_URL: leads to a pooler; set DATABASE_POOLER=session or transaction', {
        cause: error,
      });
  }
  throw error;
}
