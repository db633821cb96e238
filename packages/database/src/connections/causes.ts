/**
 * Why Postgres refused a call or could not be used: a SQLSTATE or one word, which metrics carry as a label. A line in the
 * log names the cause and the connection, once a minute, and repeats nothing that a call carried.
 */
import {Counter, type Registry} from '@madang/runtime/metrics';
import {OverdueError, sqlState} from './sqlstate.ts';

/**
 * Connection exceptions, transaction states, authorization, rollbacks, resources, interventions and system errors. Every
 * other class is about the data or the statement, and says nothing about the server.
 */
const classes = new Set(['08', '25', '28', '3D', '40', '53', '57', '58', 'XX']);
const disconnected = 'disconnected';
const readOnly = '25006';

/** After these, another server may answer at the same address. */
const leavable = new Set([
  readOnly, // A standby, or a primary that may no longer write.
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
]);

export function isLeavable(error: unknown): boolean {
  return leavable.has(sqlState(error) ?? '');
}

/** Whether no connection to this server can write. */
export function isReadOnly(error: unknown): boolean {
  return sqlState(error) === readOnly;
}

/** Undefined if the error is about the data, or a mistake of ours. */
export function causeOf(error: unknown): string | undefined {
  if (error instanceof OverdueError) return 'timeout';
  const state = sqlState(error);
  if (state !== undefined) return classes.has(state.slice(0, 2)) ? state : undefined;
  const {code = '', message = ''} = error as {code?: string; message?: string};
  if (/CERT|TLS|SSL|ALTNAME/.test(code) || /\b(?:TLS|SSL)\b/i.test(message)) return 'tls';
  if (code === 'ETIMEDOUT') return 'timeout';
  if (code !== '' || error instanceof AggregateError) return 'unreachable';
  return message.startsWith('Connection terminated') ? disconnected : undefined;
}

export type Causes = {
  note(client: string, error: unknown, connection: string): void;
};

const loggedEveryMs = 60_000;

export function createCauses(
  log: {warn(fields: object, message: string): void},
  metrics: Registry | undefined,
): Causes {
  const loggedAt = new Map<string, number>();
  const faults = metrics && counterIn(metrics);

  return {
    note(client, error, connection) {
      const cause = causeOf(error);
      if (cause === undefined) return;
      faults?.inc({client, cause});
      // Every call in flight says so; the line about the loss says why.
      if (cause === disconnected) return;
      const now = performance.now();
      const key = `${client} ${cause}`;
      if (now - (loggedAt.get(key) ?? -Infinity) < loggedEveryMs) return;
      loggedAt.set(key, now);
      log.warn({client, cause, connection, reason: reasonOf(error)}, 'postgres fails');
    },
  };
}

/** An AggregateError, from a name with several addresses, has no text of its own. */
function reasonOf(error: unknown): string {
  const {message} = (error instanceof AggregateError ? error.errors[0] : error) as Error;
  return message.slice(0, 200);
}

/** A process has several pools, which count into one metric. */
function counterIn(metrics: Registry): Counter<'client' | 'cause'> {
  const name = 'madang_postgres_faults_total';
  const existing = metrics.getSingleMetric(name);
  if (existing) return existing as Counter<'client' | 'cause'>;
  return new Counter({
    name,
    help: 'Calls that Postgres refused or did not answer, and connections that could not be used, by cause.',
    labelNames: ['client', 'cause'],
    registers: [metrics],
  });
}
