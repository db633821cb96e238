/**
 * The closed table of error codes. Clients switch on the code alone; metric labels depend on these names.
 *
 * `retryable` says that the same request may succeed later unchanged. Only `unavailable` and `internal` leave the
 * outcome open; every other code means that nothing was stored.
 */
export const errorTable = {
  invalid: {status: 400, retryable: false, message: 'The request does not fit its schema.'},
  unauthenticated: {status: 401, retryable: false, message: 'Sign in first.'},
  wrong_password: {status: 403, retryable: false, message: 'The name or password is wrong.'},
  forbidden: {status: 403, retryable: false, message: 'You may not do this.'},
  banned: {status: 403, retryable: false, message: 'You are banned from this room.'},
  not_found: {status: 404, retryable: false, message: 'It does not exist, or you may not see it.'},
  conflict: {
    status: 409,
    retryable: false,
    message: 'This is already taken, or conflicts with the present state.',
  },
  room_full: {status: 409, retryable: false, message: 'The room is full.'},
  room_closed: {status: 410, retryable: false, message: 'The room is closed.'},
  too_large: {status: 413, retryable: false, message: 'The request is too large.'},
  unsupported: {status: 415, retryable: false, message: 'This type of content is not accepted.'},
  misdirected: {
    status: 421,
    retryable: false,
    message:
      'No cluster answers under this host name. Call it by its public address, or name this host in PUBLIC_URL, ' +
      'ALLOWED_HOSTS or among the hosts of a tenant.',
  },
  rate_limited: {status: 429, retryable: true, message: 'Too many requests; wait a little.'},
  overloaded: {status: 503, retryable: true, message: 'The server is busy; try again shortly.'},
  unavailable: {
    status: 503,
    retryable: true,
    message: 'A dependency is unavailable; try again with the same clientId.',
  },
  internal: {
    status: 500,
    retryable: true,
    message: 'Something went wrong; try again with the same clientId.',
  },
} as const;

export type ErrorCode = keyof typeof errorTable;

/** An error as it travels, in an acknowledgement or under `{"error": …}` over HTTP. */
export type WireError = {
  code: ErrorCode;
  message: string;
  retryable: boolean;
  retryAfterMs?: number;
  details?: Record<string, unknown>;
};

export type ChatErrorOptions = {
  message?: string;
  retryAfterMs?: number;
  details?: Record<string, unknown>;
  cause?: unknown;
};

/** A refusal with a code of the table: thrown anywhere, caught once per transport. */
export class ChatError extends Error {
  readonly code: ErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, options: ChatErrorOptions = {}) {
    super(options.message ?? errorTable[code].message, {cause: options.cause});
    this.name = 'ChatError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }

  toWire(): WireError {
    const {code, message, retryAfterMs, details} = this;
    return {
      code,
      message,
      retryable: errorTable[code].retryable,
      ...(retryAfterMs === undefined ? {} : {retryAfterMs}),
      ...(details === undefined ? {} : {details}),
    };
  }
}
