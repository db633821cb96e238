import {errorTable} from '@madang/protocol/errors';
import {explainUnreachable} from '@madang/protocol/unreachable';
import type {ErrorCode, WireError} from './wire.ts';

type CallErrorOptions = {
  message?: string;
  retryAfterMs?: number;
  details?: Record<string, unknown>;
  cause?: unknown;
};

/**
 * The error of a refused or failed call. Switch on its `code`.
 *
 * After `unavailable` and `internal` the outcome is unknown; every other code means that nothing was stored.
 */
export class CallError extends Error {
  readonly code: ErrorCode;
  /** The same request may succeed later unchanged. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, options: CallErrorOptions & {retryable?: boolean} = {}) {
    super(options.message ?? errorTable[code].message, {cause: options.cause});
    this.name = 'CallError';
    this.code = code;
    this.retryable = options.retryable ?? errorTable[code].retryable;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }

  /**
   * Returns the error that a server sent. An unknown code from a newer server is kept, and its `retryable` says whether to
   * retry.
   */
  static fromWire({code, ...options}: WireError): CallError {
    return new CallError(code, options);
  }
}

/** Whether a value received from the server is a coded error rather than a transport failure. */
export function isWireError(value: unknown): value is WireError {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    typeof value.code === 'string' &&
    'retryable' in value &&
    typeof value.retryable === 'boolean'
  );
}

/** Returns any failure as a CallError. A failure without a code happened in transit, so its outcome is unknown. */
export function asCallError(error: unknown): CallError {
  if (error instanceof CallError) return error;
  const message = `No answer came: ${error instanceof Error ? error.message : String(error)}`;
  return new CallError('unavailable', {message, cause: error});
}

/**
 * Returns a failure on the way to `url` as a CallError. `details.reason` and, where known, `details.cause` say what failed.
 */
export function asUnreachable(error: unknown, url: string): CallError {
  if (error instanceof CallError) return error;
  const {message, ...details} = explainUnreachable(error, url);
  return new CallError('unavailable', {message, details, cause: error});
}
