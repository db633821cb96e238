/**
 * The JWTs of a client whose page can get new ones. One is asked for where there is none, or four fifths of the last one's
 * life are over; how long that is, the token says itself.
 */
import {CallError} from './call-error.ts';
import {checkedToken} from './client-address.ts';

export type GetToken = () => string | Promise<string>;

const usedShare = 0.8;
const askedMs = 10_000;
/** setTimeout takes no more. */
const longestMs = 2 ** 31 - 1;

export class TokenSource {
  readonly #get: GetToken;
  #token: string | undefined;
  #renewAt = 0;
  #hasServed = false;
  #asking: Promise<string> | undefined;
  /** Rises with each forgetting. */
  #generation = 0;
  /** The last token that the page gave, and when it is over. */
  #seen: {token: string; overAt: number} | undefined;

  constructor(get: GetToken) {
    this.#get = get;
  }

  /** How long the token of now need not be renewed. */
  get goodForMs(): number {
    return Math.min(longestMs, Math.max(0, this.#renewAt - Date.now()));
  }

  /** The server has accepted the present token. */
  served(): void {
    this.#hasServed = true;
  }

  /**
   * Whether a connection that ended for this reason may be tried again with another token. A token that the server had
   * accepted may have expired since; one that it never accepted is refused for good.
   */
  canRenew(reason: string): boolean {
    if (reason !== 'expired' && reason !== 'refused') return false;
    const hasServed = this.#hasServed || reason === 'expired';
    this.forget();
    return hasServed;
  }

  /** A token with a fifth of its life before it. Rejects with what the page's function throws. */
  current(): Promise<string> {
    const isGood = this.#token !== undefined && this.goodForMs > 0;
    return isGood ? Promise.resolve(this.#token!) : this.#renew();
  }

  /** Asks for another one when the next is needed. What a page is still asked for may be another user's. */
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

  /** A page may keep its tokens: one that it gives again has only the rest of its life. */
  #renewalOf(token: string): number {
    const now = Date.now();
    if (this.#seen?.token === token) return now + Math.max(1_000, (this.#seen.overAt - now) / 2);
    const life = lifeMs(token);
    this.#seen = {token, overAt: now + life};
    return now + usedShare * life;
  }
}

/** A page's function that never settles must not stop the client. */
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

/** From `iat` to `exp`. A token that is not a JWT is valid until the server refuses it. */
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
