export type RefusalCode =
  | 'invalid'
  | 'unauthenticated'
  | 'wrong_password'
  | 'forbidden'
  | 'not_found'
  | 'unavailable';

/** What the desk does not do, and the status that says so. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: RefusalCode;

  constructor(status: number, code: RefusalCode) {
    super(code);
    this.status = status;
    this.code = code;
  }
}
