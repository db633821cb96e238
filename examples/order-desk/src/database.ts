import {Pool} from 'pg';
import type {Logger} from 'pino';

type Statement = {name: string; text: string};

/** The desk's own Postgres. */
export type Database = {
  pool: Pool;
  query<Row>(statement: Statement, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
};

export function openDatabase(url: string, log: Logger): Database {
  const pool = new Pool({
    connectionString: url,
    application_name: 'order-desk',
    max: 5,
    // A call waits this long for a connection, whether others hold them all or Postgres is slow to open one.
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
    statement_timeout: 5_000,
  });
  // The server ended an idle connection; the next query opens another one. Without a listener the process would end.
  pool.on('error', (error) => log.warn({err: error}, 'connection to Postgres lost'));
  return {
    pool,
    async query<Row>(statement: Statement, values: readonly unknown[] = []) {
      const {rows} = await pool.query({...statement, values: [...values]});
      return rows as Row[];
    },
    close: () => pool.end(),
  };
}
