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
 * A refusal, with the code to switch on.
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

  /** The error that a server put on the wire. A code of a newer server passes through; its `retryable` decides. */
  static fromWire({code, ...options}: WireError): CallError {
    return new CallError(code, options);
  }
}

/** Whether something received is a coded error, rather than a fault of the transport. */
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

/** Any failure as a CallError; what has no code is a fault on the way and leaves the outcome open. */
export function asCallError(error: unknown): CallError {
  if (error instanceof CallError) return error;
  const message = `No answer came: ${error instanceof Error ? error.message : String(error)}`;
  return new CallError('unavailable', {message, cause: error});
}

/** A failure on the way to `url`, told apart by its cause: `details.reason` and, where it is known, `details.cause`. */
export function asUnreachable(error: unknown, url: string): CallError {
  if (error instanceof CallError) return error;
  const {message, ...details} = explainUnreachable(error, url);
  return new CallError('unavailable', {message, details, cause: error});
}
