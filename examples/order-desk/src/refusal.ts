export type RefusalCode =
  | 'invalid'
  | 'unauthenticated'
  | 'wrong_password'
  | 'rate_limited'
  | 'forbidden'
  | 'not_found'
  | 'unavailable';

/** An action that the desk refuses, with the status that says so. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: RefusalCode;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: RefusalCode, {retryAfterMs}: {retryAfterMs?: number} = {}) {
    super(code);
    this.retryAfterMs = retryAfterMs;
    this.status = status;
    this.code = code;
  }
}
