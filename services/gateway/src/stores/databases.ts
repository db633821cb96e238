/** A gateway's connections to Postgres. */
import {requireSchema} from '@madang/database/migrating/migrate';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import type {Logger} from '@madang/runtime/log';
import type {Registry} from '@madang/runtime/metrics';
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
  const [url, name] = [config.DATABASE_URL, config.NODE_NAME];
  await requireSchemaOf(url, name, log);
  const db = createDatabase({url, log, metrics, applicationName: name});
  const filesDb = createDatabase({
    url,
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
async function requireSchemaOf(url: string, name: string, log: Logger): Promise<void> {
  const patience = {statementTimeoutMs: 10_000, deadlineMs: 12_000};
  const db = createDatabase({url, log, applicationName: `${name} start`, maxConnections: 1, ...patience});
  try {
    await requireSchema(db);
  } finally {
    await db.close();
  }
}
