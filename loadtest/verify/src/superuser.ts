import {createDatabase, type Database} from '@madang/database/connections/pool';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';

const silent = {debug() {}, info() {}, warn() {}, error() {}};
export const longestLockMs = 60_000;

/** For what a run prepares, does to Postgres and looks up. The processes have fewer rights. */
export async function asSuperuser(
  {databaseUrl}: Pick<ProcessCluster, 'databaseUrl'>,
  act: (db: Database) => Promise<unknown>,
): Promise<void> {
  const db = createDatabase({
    url: databaseUrl,
    log: silent,
    applicationName: 'madang verify',
    // Statements of one transaction need one connection.
    maxConnections: 1,
    statementTimeoutMs: longestLockMs,
    lockTimeoutMs: longestLockMs,
    deadlineMs: longestLockMs,
  });
  try {
    await act(db);
  } finally {
    await db.close();
  }
}
