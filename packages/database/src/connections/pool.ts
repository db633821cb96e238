import type {ErrorCode} from '@madang/protocol/errors';
import {ChatError} from '@madang/protocol/errors';
import type {Registry} from '@madang/runtime/metrics';
import type {PostgresPlace} from '@madang/runtime/postgres-variables';
import {watchAbandonedBackends, watchMs} from './abandoned.ts';
import {createCauses} from './causes.ts';
import {openConnection, type Call, type Connection, type Statement} from './connection.ts';
import {Slots} from './slots.ts';
import {toChatError} from './sqlstate.ts';

export type {Statement} from './connection.ts';

/** The logger that this package needs; pino's fits. */
export type Log = {
  [level in 'debug' | 'info' | 'warn' | 'error']: (fields: object, message: string) => void;
};

export type DatabaseOptions = PostgresPlace & {
  log: Log;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Counts by it why calls fail. */
  metrics?: Registry;
  /** What the pool's own connections are called in metrics. */
  client?: string;
  maxConnections?: number;
  statementTimeoutMs?: number;
  lockTimeoutMs?: number;
  /** For a whole call: the wait for a connection and the answer. */
  deadlineMs?: number;
};

export type Database = {
  /**
   * Runs one statement in autocommit. Throws ChatError: `unavailable` if the outcome is open, `overloaded` if no
   * connection became free.
   */
  query<Row>(
    statement: Statement,
    values?: readonly unknown[],
    options?: {deadlineMs?: number},
  ): Promise<Row[]>;
  /** Whether Postgres answered the last call or attempt to connect. */
  isHealthy(): boolean;
  stats(): {open: number; busy: number; waiting: number; abandoned: number};
  close(): Promise<void>;
  /** For this package: opens a connection outside the pool, or further places beside the pool's own. */
  connect(settings?: Opening): Promise<Connection>;
  openSlots(count: number, name: string, warmUp?: Call): Slots;
};

type Opening = {
  name?: string;
  synchronousCommit?: 'on' | 'off';
  warmUp?: Call | undefined;
  /** How long each step of opening may take; as long as a call, unless given. */
  stepMs?: number;
};

/** Connects to Postgres on first use, and again after every outage; never throws by itself. */
export function createDatabase(options: DatabaseOptions): Database {
  const {
    url,
    password,
    schema,
    pooler,
    directUrl,
    log,
    applicationName,
    client: ownClient = 'calls',
  } = options;
  const {maxConnections = 10, statementTimeoutMs = 700, lockTimeoutMs = 400, deadlineMs = 900} = options;
  const causes = createCauses(log, options.metrics);
  let isHealthy = true;
  const one = keepToOneServer();
  const pooled = {url, password, schema, pooler, route: {at: 0}};
  // What a connection is set to for longer than a transaction, a pooler would hand to other calls.
  const direct = directUrl === undefined ? pooled : {url: directUrl, password, schema, route: {at: 0}};

  const note = (error?: unknown) => {
    const isAnswered = error === undefined;
    if (isAnswered !== isHealthy) {
      if (isAnswered) log.info({}, 'Postgres answers again');
      else log.warn({err: error}, 'Postgres does not answer');
    }
    isHealthy = isAnswered;
  };

  const open = async (
    place: typeof direct,
    {name, synchronousCommit, warmUp, stepMs = deadlineMs}: Opening = {},
  ) => {
    const [client, connection] = name ? [name, `${applicationName} ${name}`] : [ownClient, applicationName];
    const opened = await openConnection(
      {
        ...place,
        applicationName: connection,
        statementTimeoutMs,
        lockTimeoutMs,
        synchronousCommit,
        warmUp,
        onFault: (error) => causes.note(client, error, connection),
        onReadOnly: one.leave,
      },
      stepMs,
    );
    one.join(opened);
    return opened;
  };
  const connect: Database['connect'] = (opening) => open(direct, opening);
  const abandoned = watchAbandonedBackends(() => connect({name: 'watch', stepMs: watchMs}));
  const openSlots: Database['openSlots'] = (count, name, warmUp) =>
    new Slots({count, open: () => open(pooled, {name, warmUp}), abandoned, onAnswer: note});
  const slots = openSlots(maxConnections, '');

  return {
    async query<Row>(
      statement: Statement,
      values: readonly unknown[] = [],
      {deadlineMs: ms = deadlineMs} = {},
    ) {
      const startedAt = performance.now();
      try {
        const connection = await slots.acquire(ms);
        try {
          return await connection.query<Row>(statement, values, ms - (performance.now() - startedAt));
        } finally {
          slots.release(connection);
        }
      } catch (error) {
        throw toChatError(error);
      }
    },
    isHealthy: () => isHealthy,
    stats: () => slots.stats,
    async close() {
      abandoned.close();
      await slots.close();
    },
    connect,
    openSlots,
  };
}

/**
 * After a failover the old server may live on, and its connections with it: open, hanging in a commit, or readable and
 * out of date. So one refusal to write, and one new connection that leads elsewhere, ends all the others.
 */
function keepToOneServer() {
  const connections = new Set<Connection>();
  const leave = (): void => {
    for (const connection of connections) connection.destroy();
    connections.clear();
  };
  return {
    leave,
    join(opened: Connection): void {
      for (const connection of connections) if (!connection.isOpen) connections.delete(connection);
      const [other] = connections;
      if (other && other.server !== opened.server) leave();
      connections.add(opened);
    },
  };
}

/** The answer of a database function: its result, or the code of design §8 with which it refuses. */
export type Answer = {refused?: {code: ErrorCode; details?: Record<string, unknown>}};

/**
 * Calls a database function that does one operation in one transaction, and throws its refusal as a ChatError.
 *
 * Functions refuse by value, not by RAISE: a refusal is not an error of the database and does not belong in its log.
 */
export async function call<Result>(
  db: Database,
  statement: Statement,
  values: readonly unknown[],
): Promise<Result> {
  const [row] = await db.query<{answer: Answer | null}>(statement, values);
  return resultOf(row?.answer ?? null) as Result;
}

/** The result of such a function; throws its refusal. */
export function resultOf(answer: Answer | null): Answer | null {
  if (answer?.refused !== undefined)
    throw new ChatError(answer.refused.code, {details: answer.refused.details});
  return answer;
}
