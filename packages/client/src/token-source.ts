/**
 * The JWTs of a client whose page can get new ones. One is asked for where there is none, or four fifths of the last one's
 * life are over; how long that is, the token says itself.
 */
import {checkedToken} from './client-address.ts';

export type GetToken = () => string | Promise<string>;

const usedShare = 0.8;
/** setTimeout takes no more. */
const longestMs = 2 ** 31 - 1;

export class TokenSource {
  readonly #get: GetToken;
  #token: string | undefined;
  #renewAt = 0;
  #hasServed = false;
  #asking: Promise<string> | undefined;

  constructor(get: GetToken) {
    this.#get = get;
  }

  /** How long the token of now need not be renewed. */
  get goodForMs(): number {
    return Math.min(longestMs, Math.max(0, this.#renewAt - Date.now()));
  }

  /** Whether the server has taken the token of now. */
  get hasServed(): boolean {
    return this.#hasServed;
  }

  served(): void {
    this.#hasServed = true;
  }

  /** A token with a fifth of its life before it. Rejects with what the page's function throws. */
  current(): Promise<string> {
    const isGood = this.#token !== undefined && this.goodForMs > 0;
    return isGood ? Promise.resolve(this.#token!) : this.#renew();
  }

  /** Asks for another one when the next is needed. */
  forget(): void {
    this.#token = undefined;
    this.#hasServed = false;
  }

  #renew(): Promise<string> {
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #ask(): Promise<string> {
    const token = checkedToken(await this.#get());
    if (token === undefined) throw new TypeError('getToken must give a token.');
    this.#token = token;
    this.#hasServed = false;
    this.#renewAt = Date.now() + usedShare * lifeMs(token);
    return token;
  }
}

/** From `iat` to `exp`. What is no JWT is good until the server says otherwise. */
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
