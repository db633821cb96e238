import {Socket} from 'node:net';
import pg from 'pg';
import {isLeavable, isReadOnly} from './causes.ts';
import {OverdueError} from './sqlstate.ts';

/** A prepared statement: the name is its identity on every connection. An empty name is parsed at each call. */
export type Statement = {name: string; text: string};

export type Call = {statement: Statement; values: readonly unknown[]};

export type ConnectionSettings = {
  url: string;
  applicationName: string;
  statementTimeoutMs: number;
  lockTimeoutMs: number;
  /** `off` only for writes that a crash may lose without harm. */
  synchronousCommit?: 'on' | 'off';
  /**
   * The call that the connection is opened for, made once with input that changes nothing.
   *
   * A backend plans its first call, which takes ten times as long as a later one. On a busy machine that exceeds the
   * deadline; the connection is given up, and the next one has no plan either. Without a warm-up, no call would ever
   * succeed.
   */
  warmUp?: Call;
  /** Gets each error of this connection, and of the attempt to open it, unchanged. */
  onFault?: (error: unknown) => void;
  /** Called when a call finds that the server may no longer write. */
  onReadOnly?: () => void;
};

/** A server process. A pid alone is not enough: another process may have it by now. */
export type Backend = {pid: number; startedAt: string};

/**
 * One connection that runs one call at a time, each with a deadline.
 *
 * An overdue connection is destroyed, never cancelled: a cancel request could hit the next statement of that backend,
 * and neither it nor any server-side time-out ends a commit that waits. So its backend may outlive it; `backend`
 * identifies the one to wait for.
 */
export type Connection = {
  readonly backend: Backend;
  /** When its server was started: connections that differ in it lead to different servers. */
  readonly server: string;
  readonly isOpen: boolean;
  /** A call passed its deadline: the backend may still be working. */
  readonly isOverdue: boolean;
  query<Row>(statement: Statement, values: readonly unknown[], deadlineMs: number): Promise<Row[]>;
  /** Drops the socket at once, whatever is in flight. */
  destroy(): void;
  /** Ends the session with the server and closes. */
  close(): Promise<void>;
};

// Revs, counts and ids stay far below 2^53, so bigint becomes a number instead of a string.
const int8 = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === int8 ? Number : pg.types.getTypeParser(oid, format)),
};

// A backend whose client vanished without closing ends after about 15 s instead of two hours.
const keepAlive = '-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=3 -c tcp_keepalives_count=3';
// How values are written as text, and what a statement means: fixed to what this code relies on, whatever the settings
// of the server, the database or the role.
const meanings = {
  datestyle: 'ISO,MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  timezone_abbreviations: 'Default',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  array_nulls: 'on',
  transform_null_equals: 'off',
  gin_fuzzy_search_limit: '0',
  default_transaction_isolation: 'read\\ committed',
  lc_numeric: 'C',
  lc_time: 'C',
  lc_monetary: 'C',
};
export const withOneMeaning = Object.entries(meanings)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');
// Statements here are short. With JIT compilation a message takes 16 ms instead of 0.7, and the first one on a
// connection 75 ms: the plans of store_messages look expensive, since they avoid what scales badly.
const withoutCompiling = '-c jit=off';
// Twice the time of a first call on two cores with a load of 30. No caller waits for a warm-up's answer, so it may take
// longer than a send. But while Postgres is silent it delays the next attempt to connect.
const warmUpMs = 3_000;
// A warm-up that waits for the lock of a table ends by itself; otherwise abandoned warm-ups would exhaust Postgres.
const whileOpening = `-c statement_timeout=${warmUpMs}`;

type Prepared = Backend & {server: string; isReadOnly: boolean};

/** A server that may not write, told before the first write that it would refuse. */
class ReadOnlyError extends Error {
  override readonly name = 'ReadOnlyError';
  readonly code = '25006';
}

// Acknowledged means durable, whatever the defaults of the server or the role. remote_apply is stronger and stays.
const prepareSession = `
  select pid, backend_start::text as "startedAt", pg_postmaster_start_time()::text as server,
    current_setting('transaction_read_only') = 'on' as "isReadOnly",
    set_config('statement_timeout', $1, false),
    set_config('lock_timeout', $2, false),
    set_config('synchronous_commit',
      case when $3 = 'on' and current_setting('synchronous_commit') = 'remote_apply' then 'remote_apply' else $3 end,
      false)
  from pg_stat_activity where pid = pg_backend_pid()`;

/**
 * Opens a connection to a server that accepts writes: each step within `deadlineMs`, a warm-up within 3 s. Throws errors
 * of pg or the network unchanged.
 */
export async function openConnection(settings: ConnectionSettings, deadlineMs: number): Promise<Connection> {
  const {onFault} = settings;
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: settings.url,
    application_name: settings.applicationName,
    options: `${withOneMeaning} ${keepAlive} ${withoutCompiling} ${whileOpening}`,
    keepAlive: true,
    types,
    stream: () => socket,
  });
  let isOpen = true;
  let isOverdue = false;
  const drop = () => {
    isOpen = false;
    socket.destroy();
  };
  const run = ({statement: {name, text}, values}: Call) =>
    client.query({name: name || undefined, text, values: [...values]});
  // Without a listener the error of an idle connection would end the process.
  client.on('error', (error) => {
    onFault?.(error);
    drop();
  });
  client.on('end', drop);

  const prepare = async () => {
    await within(deadlineMs, client.connect(), drop);
    // Before the calls' own time-outs apply.
    if (settings.warmUp) await within(warmUpMs, run(settings.warmUp), drop);
    const {statementTimeoutMs, lockTimeoutMs, synchronousCommit = 'on'} = settings;
    const values = [String(statementTimeoutMs), String(lockTimeoutMs), synchronousCommit];
    const {rows} = await within(deadlineMs, client.query<Prepared>(prepareSession, values), drop);
    if (rows[0]!.isReadOnly) throw new ReadOnlyError('the server accepts no writes');
    return rows[0]!;
  };
  const {pid, startedAt, server} = await prepare().catch((error: unknown) => {
    onFault?.(error);
    drop();
    throw error;
  });

  return {
    backend: {pid, startedAt},
    server,
    get isOpen() {
      return isOpen;
    },
    get isOverdue() {
      return isOverdue;
    },
    async query<Row>(statement: Statement, values: readonly unknown[], callDeadlineMs: number) {
      try {
        const result = await within(callDeadlineMs, run({statement, values}), () => {
          isOverdue = true;
          drop();
        });
        return result.rows as Row[];
      } catch (error) {
        onFault?.(error);
        if (isLeavable(error)) drop();
        if (isReadOnly(error)) settings.onReadOnly?.();
        throw error;
      }
    },
    destroy: drop,
    close: async () => {
      isOpen = false;
      await client.end();
    },
  };
}

/** Waits for `promise` until the deadline, then calls `abandon`, throws, and ignores the promise's own outcome. */
async function within<T>(deadlineMs: number, promise: Promise<T>, abandon: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        reject(new OverdueError(`Postgres did not answer within ${Math.round(deadlineMs)} ms`));
        abandon();
      },
      Math.max(deadlineMs, 0),
    );
  });
  try {
    return await Promise.race([promise, overdue]);
  } finally {
    clearTimeout(timer);
  }
}
