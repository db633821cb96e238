import {ChatError} from '@madang/protocol/errors';

/**
 * The only place where an error of Postgres becomes a ChatError.
 *
 * `unavailable` stands for every error that leaves the outcome open or means that the database is down: a broken
 * connection, a server that starts or stops, a time-out, a failover. Errors in the data become `invalid` or `conflict`.
 * Any other error (a syntax error, a missing column) is a bug in this code: it passes unchanged, becomes `internal` and
 * is logged.
 */
export function toChatError(error: unknown): unknown {
  if (error instanceof ChatError) return error;
  const state = sqlState(error);
  if (state === undefined) return isConnectionError(error) ? unavailable(error) : error;
  if (state === capReached) return capRefusal(error);
  if (conflicts.has(state)) return new ChatError('conflict', {cause: error});
  if (isDataError(error))
    return new ChatError('invalid', {message: 'A value cannot be stored.', cause: error});
  if (awayStates.has(state) || awayClasses.has(state.slice(0, 2))) return unavailable(error);
  return error;
}

/** Whether a statement failed because of its data, not the server's state (SQLSTATE class 22 or 23). */
export function isDataError(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && (state.startsWith('22') || state.startsWith('23'));
}

/** Whether a lock was not granted within lock_timeout: nothing was written. */
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === '55P03';
}

/** Whether a call failed because its time was over, here or at the server. */
export function isOutOfTime(error: unknown): boolean {
  const cause = error instanceof ChatError ? error.cause : error;
  return cause instanceof OverdueError || sqlState(cause) === '57014';
}

/** Thrown by a connection whose call passed its deadline: the call may still take effect. */
export class OverdueError extends Error {
  override readonly name = 'OverdueError';
}

/** Thrown when no connection could be had: the call was never sent. */
export class NoConnectionError extends Error {
  override readonly name = 'NoConnectionError';
}

// Raised by insert_membership and note_usage.
const capReached = 'MDQ01';

function capRefusal(error: unknown): ChatError {
  const {message: quota, detail} = error as Error & {detail?: string};
  const message = caps[quota]?.(detail ?? '');
  return new ChatError('forbidden', {message, details: {quota, max: Number(detail)}, cause: error});
}

const caps: Record<string, (max: string) => string> = {
  ownedRooms: (max) => `One may own ${max} rooms. Close one, or hand it over, first.`,
  memberships: (max) => `One may be in ${max} rooms. Leave one first.`,
  users: (max) => `The quota of this tenant is ${max} users. Delete some first, or have it raised.`,
  rooms: (max) => `The quota of this tenant is ${max} open rooms. Close some first, or have it raised.`,
  bytes: (max) => `The quota of this tenant is ${max} bytes of files. Delete some first, or have it raised.`,
};

// unique_violation, exclusion_violation, check_violation (a CHECK compares a row with existing data, like capacity).
const conflicts = new Set(['23505', '23P01', '23514']);

// Connection exceptions, rollbacks that a retry resolves, insufficient resources, operator intervention, system errors.
const awayClasses = new Set(['08', '40', '53', '57', '58']);

const awayStates = new Set([
  '25006', // read_only_sql_transaction: a standby, in the middle of a failover
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '55P03', // lock_not_available: lock_timeout
]);

const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
  'ERR_SOCKET_CLOSED',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

export function sqlState(error: unknown): string | undefined {
  const code = errorCode(error);
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !connectionCodes.has(code) ? code : undefined;
}

function isConnectionError(error: unknown): boolean {
  if (error instanceof OverdueError || error instanceof NoConnectionError) return true;
  if (error instanceof AggregateError) return error.errors.some(isConnectionError);
  const code = errorCode(error);
  if (code !== undefined) return connectionCodes.has(code);
  // pg gives these no code.
  return error instanceof Error && /^Connection terminated|^Client (has|was) /.test(error.message);
}

function errorCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function unavailable(cause: unknown): ChatError {
  return new ChatError('unavailable', {retryAfterMs: 500, cause});
}
