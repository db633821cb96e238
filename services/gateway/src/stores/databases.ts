/** A gateway's connections to Postgres. */
import {requireSchema} from '@madang/database/migrating/migrate';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import type {Logger} from '@madang/runtime/log';
import type {Config} from '../config.ts';

export type Databases = {
  db: Database;
  /** Connections of their own for what takes long because it is large. */
  filesDb: Database;
};

/** Of the statements that carry images. */
export const filesPatience = {statementTimeoutMs: 10_000, deadlineMs: 12_000};

/** Rejects in one line where the schema is older than needed. */
export async function openDatabases(config: Config, log: Logger): Promise<Databases> {
  const [url, name] = [config.DATABASE_URL, config.NODE_NAME];
  await requireSchemaOf(url, name, log);
  const db = createDatabase({url, log, applicationName: name});
  const filesDb = createDatabase({
    url,
    log,
    applicationName: `${name} files`,
    maxConnections: 2,
    ...filesPatience,
  });
  return {db, filesDb};
}

/** Asks with the patience of a start: the deadline of calls would end a process that starts on a busy machine. */
async function requireSchemaOf(url: string, name: string, log: Logger): Promise<void> {
  const patience = {statementTimeoutMs: 10_000, deadlineMs: 12_000};
  const db = createDatabase({url, log, applicationName: `${name} start`, maxConnections: 1, ...patience});
  try {
    await requireSchema(db);
  } finally {
    await db.close();
  }
}
