import {randomBytes} from 'node:crypto';
import {Socket} from 'node:net';
import {readPostgresAddress, type PostgresAddress, type PostgresHost} from '@madang/runtime/postgres-address';
import type {PostgresPlace} from '@madang/runtime/postgres-variables';
import pg from 'pg';
import {isLeavable, isReadOnly} from './causes.ts';
import {asOptions, sessionSettings} from './session-settings.ts';
import {OverdueError} from './sqlstate.ts';

/** A prepared statement: the name is its identity on every connection. An empty name is parsed at each call. */
export type Statement = {name: string; text: string};

export type Call = {statement: Statement; values: readonly unknown[]};

export type ConnectionSettings = PostgresPlace & {
  /** Which of several hosts served last: it is tried first. */
  route?: {at: number};
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

/**
 * The server process of a connection. A pid alone is not enough: another process may have it by now. Behind a pooler that
 * lends a backend for each transaction, the tag in the text of its statements shows which backend works for a connection.
 */
export type Backend = {pid: number; startedAt: string} | {tag: string};

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
  readonly host: PostgresHost;
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
// Twice the time of a first call on two cores with a load of 30. No caller waits for a warm-up's answer, so it may take
// longer than a send. But while Postgres is silent it delays the next attempt to connect.
const warmUpMs = 3_000;
// A warm-up that waits for the lock of a table ends by itself; otherwise abandoned warm-ups would exhaust Postgres.
const whileOpening = `-c statement_timeout=${warmUpMs}`;

type Prepared = {pid: number; startedAt: string; server: string; isReadOnly: boolean};

/** A server that may not write, told before the first write that it would refuse. */
class ReadOnlyError extends Error {
  override readonly name = 'ReadOnlyError';
  readonly code = '25006';
}

const whoAnswers = `
  select pid, backend_start::text as "startedAt", pg_postmaster_start_time()::text as server,
    current_setting('transaction_read_only') = 'on' as "isReadOnly"`;
const fromActivity = 'from pg_stat_activity where pid = pg_backend_pid()';
// Acknowledged means durable, whatever the defaults of the server or the role. remote_apply is stronger and stays.
const prepareSession = `${whoAnswers},
    set_config('statement_timeout', $1, false),
    set_config('lock_timeout', $2, false),
    set_config('synchronous_commit',
      case when $3 = 'on' and current_setting('synchronous_commit') = 'remote_apply' then 'remote_apply' else $3 end,
      false)
  ${fromActivity}`;
const setAll =
  'select set_config(name, value, false) from unnest($1::text[], $2::text[]) as setting (name, value)';

/**
 * Opens a connection to a server that accepts writes: each step within `deadlineMs`, a warm-up within 3 s. Throws errors
 * of pg or the network unchanged.
 */
export async function openConnection(settings: ConnectionSettings, deadlineMs: number): Promise<Connection> {
  const {route = {at: 0}, onFault} = settings;
  try {
    const address = readPostgresAddress(settings.url);
    const {length} = address.hosts;
    for (let tried = 1; ; tried += 1) {
      try {
        return await openAt(address, address.hosts[route.at % length]!, settings, deadlineMs);
      } catch (error) {
        route.at = (route.at + 1) % length;
        if (tried === length) throw error;
      }
    }
  } catch (error) {
    onFault?.(error);
    throw error;
  }
}

/** The configuration of a connection without the settings of its session. */
export function clientConfig(
  {password: asked}: Pick<PostgresPlace, 'password'>,
  {user, password, database, tls}: PostgresAddress,
  {host, port}: PostgresHost,
): pg.ClientConfig {
  const {mode, ...certificates} = tls ?? {mode: undefined};
  const ssl = mode && {
    ...certificates,
    host,
    rejectUnauthorized: mode !== 'require',
    ...(mode === 'verify-ca' && {checkServerIdentity: () => undefined}),
  };
  return {host, port, user, database, password: password ?? asked?.(), ssl: ssl ?? false};
}

async function openAt(
  address: PostgresAddress,
  host: PostgresHost,
  settings: ConnectionSettings,
  deadlineMs: number,
): Promise<Connection> {
  const {onFault, pooler} = settings;
  const ofSession = sessionSettings(settings.schema);
  const socket = new Socket();
  const client = new pg.Client({
    ...clientConfig(settings, address, host),
    application_name: settings.applicationName,
    // A pooler takes no settings at connecting, or drops them.
    ...(pooler === undefined && {options: `${asOptions(ofSession)} ${keepAlive} ${whileOpening}`}),
    keepAlive: true,
    types,
    stream: () => socket,
  });
  const tag = pooler === 'transaction' ? `madang:${randomBytes(6).toString('hex')}` : undefined;
  let isOpen = true;
  let isOpened = false;
  let isOverdue = false;
  const drop = () => {
    isOpen = false;
    socket.destroy();
  };
  // The next call may run in another session, which knows no statement by its name.
  const run = ({statement: {name, text}, values}: Call) =>
    tag === undefined
      ? client.query({name: name || undefined, text, values: [...values]})
      : client.query(`/* ${tag} */ ${text}`, [...values]);
  // Without a listener the error of an idle connection would end the process.
  client.on('error', (error) => {
    if (isOpened) onFault?.(error);
    drop();
  });
  client.on('end', drop);

  const prepare = async () => {
    await within(deadlineMs, client.connect(), drop);
    if (pooler === 'session') {
      const values = [Object.keys(ofSession), Object.values(ofSession)];
      await within(deadlineMs, client.query(setAll, values), drop);
    }
    // Before the calls' own time-outs apply.
    if (settings.warmUp) await within(warmUpMs, run(settings.warmUp), drop);
    if (tag !== undefined) return prepared(`${whoAnswers} ${fromActivity}`, []);
    const {statementTimeoutMs, lockTimeoutMs, synchronousCommit = 'on'} = settings;
    const values = [String(statementTimeoutMs), String(lockTimeoutMs), synchronousCommit];
    return prepared(prepareSession, values);
  };
  const prepared = async (text: string, values: string[]) => {
    const {rows} = await within(deadlineMs, client.query<Prepared>(text, values), drop);
    if (rows[0]!.isReadOnly) throw new ReadOnlyError('the server accepts no writes');
    return rows[0]!;
  };
  const {pid, startedAt, server} = await prepare().catch((error: unknown) => {
    drop();
    throw error;
  });

  isOpened = true;
  return {
    backend: tag === undefined ? {pid, startedAt} : {tag},
    server,
    host,
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
