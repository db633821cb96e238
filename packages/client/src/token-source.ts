/**
 * The JWTs of a client whose page can get new ones. It asks for one if it has none, or if four fifths of the last one's
 * lifetime have passed. The token itself says how long it lives.
 */
import {CallError} from './call-error.ts';
import {checkedToken} from './client-address.ts';

export type GetToken = () => string | Promise<string>;

const usedShare = 0.8;
const askedMs = 10_000;
/** The longest delay that setTimeout accepts. */
const longestMs = 2 ** 31 - 1;

export class TokenSource {
  readonly #get: GetToken;
  #token: string | undefined;
  #renewAt = 0;
  #hasServed = false;
  #asking: Promise<string> | undefined;
  /** Incremented by each `forget`. */
  #generation = 0;
  /** The last token that the page gave, and when it expires. */
  #seen: {token: string; overAt: number} | undefined;

  constructor(get: GetToken) {
    this.#get = get;
  }

  /** How long the current token needs no renewal. */
  get goodForMs(): number {
    return Math.min(longestMs, Math.max(0, this.#renewAt - Date.now()));
  }

  /** The server has accepted the current token. */
  served(): void {
    this.#hasServed = true;
  }

  /**
   * Whether the client may retry with another token after a connection ended for this reason. A token that the server had
   * accepted may have expired since. A token that the server never accepted is refused for good.
   */
  canRenew(reason: string): boolean {
    if (reason !== 'expired' && reason !== 'refused') return false;
    const hasServed = this.#hasServed || reason === 'expired';
    this.forget();
    return hasServed;
  }

  /** Returns a token with at least a fifth of its lifetime left. Rejects with the error of the page's function. */
  current(): Promise<string> {
    const isGood = this.#token !== undefined && this.goodForMs > 0;
    return isGood ? Promise.resolve(this.#token!) : this.#renew();
  }

  /** Asks for another token when the next one is needed. A pending answer of the page may be another user's token. */
  forget(): void {
    this.#token = undefined;
    this.#hasServed = false;
    this.#asking = undefined;
    this.#generation += 1;
  }

  #renew(): Promise<string> {
    if (this.#asking) return this.#asking;
    const asking = this.#ask().finally(() => {
      if (this.#asking === asking) this.#asking = undefined;
    });
    return (this.#asking = asking);
  }

  async #ask(): Promise<string> {
    const generation = this.#generation;
    const token = checkedToken(await inTime(this.#get()));
    if (token === undefined) throw new TypeError('getToken must give a token.');
    if (generation !== this.#generation) return this.current();
    this.#token = token;
    this.#hasServed = false;
    this.#renewAt = this.#renewalOf(token);
    return token;
  }

  /** A page may cache its tokens. A token that it returns again has only the rest of its lifetime. */
  #renewalOf(token: string): number {
    const now = Date.now();
    if (this.#seen?.token === token) return now + Math.max(1_000, (this.#seen.overAt - now) / 2);
    const life = lifeMs(token);
    this.#seen = {token, overAt: now + life};
    return now + usedShare * life;
  }
}

/** A page's function that never settles must not block the client. */
function inTime(given: string | Promise<string>): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new CallError('unavailable', {message: 'getToken gave no token in time.'})),
      askedMs,
    );
    Promise.resolve(given)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

/** Lasts from `iat` to `exp`. A token that is not a JWT is valid until the server refuses it. */
function lifeMs(token: string): number {
  try {
    const [, payload = ''] = token.split('.');
    const text = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
    const {iat, exp} = JSON.parse(text) as {iat: number; exp: number};
    return (exp - iat) * 1_000 || Infinity;
  } catch {
    return Infinity;
  }
}
