import {isExactPath, pathBuilder} from '@madang/protocol/path';
import {asUnreachable, CallError, isWireError} from './call-error.ts';
import {postWithProgress, type UploadOptions} from './upload.ts';
import type {TokenSource} from './token-source.ts';
import type {ErrorCode} from './wire.ts';

export type HttpOptions = {
  url: string;
  token?: string;
  cookie?: string;
  fetch?: typeof fetch;
  timeoutMs: number;
  /** Returns the token for each request, if the token changes over time. */
  tokens?: Pick<TokenSource, 'current' | 'forget'>;
};

// A balancer's answer has no error body of Madang's.
const codeOfStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  413: 'too_large',
  429: 'rate_limited',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

/** Builds an API path, such as path`/rooms/${roomId}`. Throws CallError `invalid` if a value cannot be an id. */
export const path: (texts: TemplateStringsArray, ...ids: string[]) => string = pathBuilder(
  (message) => new CallError('invalid', {message}),
);

/** Makes HTTP requests with this client's one credential: a token, or else the session cookie. */
export class Http {
  /** The token that is sent instead of a cookie. */
  token: string | undefined;
  readonly #options: HttpOptions;
  readonly #cookies = new Map<string, string>();

  constructor(options: HttpOptions) {
    this.#options = options;
    this.token = options.token;
    for (const pair of options.cookie?.split(/;\s*/) ?? []) this.#store(pair);
  }

  /**
   * The cookies as a header where there is no cookie jar, as in Node. A browser hides its cookies from scripts, keeps its
   * own, and ignores any that a script would set.
   */
  get cookie(): string | undefined {
    const pairs = [...this.#cookies].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? undefined : pairs.join('; ');
  }

  /** Loads the current token. Rejects if none is available. */
  async renew(): Promise<void> {
    const {tokens} = this.#options;
    if (tokens) this.token = await tokens.current();
  }

  /** Makes one request to `/api/v1`. Returns undefined for an answer without content. Throws CallError. */
  async request<Result>(method: string, path: string, body?: unknown, ended?: AbortSignal): Promise<Result> {
    if (typeof path !== 'string' || !isExactPath(path)) throw unsafePath(path);
    const {url, timeoutMs, fetch: send = fetch} = this.#options;
    const {headers, credentials} = await this.#credential();
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await send(`${url}/api/v1${path}`, {
        method,
        headers: {...headers, ...(body === undefined ? {} : {'content-type': 'application/json'})},
        credentials,
        signal: ended === undefined ? timeout : AbortSignal.any([timeout, ended]),
        ...(body === undefined ? {} : {body: JSON.stringify(body)}),
      });
      for (const line of response.headers.getSetCookie()) this.#keep(line);
      const text = await response.text();
      if (!response.ok) throw this.#refusal(response.status, text);
      return (text === '' ? undefined : JSON.parse(text)) as Result;
    } catch (error) {
      throw asUnreachable(error, url);
    }
  }

  /**
   * Uploads one file below `/api/v1`, without a time limit; the signal ends it early. Throws CallError.
   *
   * Uses XMLHttpRequest where there is one, since `fetch` cannot report progress.
   */
  async upload<Result>(path: string, file: Blob, name: string, options: UploadOptions = {}): Promise<Result> {
    const {url, fetch: send} = this.#options;
    const address = `${url}/api/v1${path}`;
    const body = new FormData();
    body.append('file', file, name);
    try {
      const {headers, credentials} = await this.#credential();
      const {status, text} = await (send === undefined && 'XMLHttpRequest' in globalThis
        ? postWithProgress(address, {headers, credentials, body}, options)
        : post(send ?? fetch, address, {
            headers,
            credentials,
            body,
            ...(options.signal && {signal: options.signal}),
          }));
      if (status >= 300) throw this.#refusal(status, text);
      return JSON.parse(text) as Result;
    } catch (error) {
      throw asUnreachable(error, url);
    }
  }

  /** Forgets a JWT that the server refused, so that it is not sent again. */
  #refusal(status: number, text: string): CallError {
    if (status === 401) this.#options.tokens?.forget();
    return refusal(status, text);
  }

  /** Returns the one current credential: the server refuses a request with two. */
  async #credential(): Promise<{headers: Record<string, string>; credentials: 'include' | 'omit'}> {
    await this.renew();
    const {token, cookie} = this;
    if (token !== undefined) return {headers: {authorization: `Bearer ${token}`}, credentials: 'omit'};
    return {headers: cookie === undefined ? {} : {cookie}, credentials: 'include'};
  }

  #keep(line: string): void {
    if (this.token !== undefined) return;
    const [pair = '', ...attributes] = line.split(/;\s*/);
    this.#store(pair);
    const expired = attributes.some((attribute) => {
      const [name = '', value = ''] = attribute.split('=');
      if (name.toLowerCase() === 'max-age') return Number(value) <= 0;
      return name.toLowerCase() === 'expires' && Date.parse(value) <= Date.now();
    });
    if (expired) this.#cookies.delete(pair.slice(0, pair.indexOf('=')));
  }

  #store(pair: string): void {
    const at = pair.indexOf('=');
    if (at > 0) this.#cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}

async function post(send: typeof fetch, url: string, request: RequestInit) {
  const response = await send(url, {method: 'POST', ...request});
  return {status: response.status, text: await response.text()};
}

/** Refuses `.` and `..`, which a URL resolves: a call about a user could become one about the room. */
function unsafePath(path: unknown): CallError {
  const message = `${JSON.stringify(path)} is no path of the API: it has an empty part or a dot segment.`;
  return new CallError('invalid', {message});
}

function refusal(status: number, text: string): CallError {
  const error = errorIn(text);
  if (isWireError(error)) return CallError.fromWire(error);
  return new CallError(codeOfStatus[status] ?? (status < 500 ? 'invalid' : 'internal'), {details: {status}});
}

function errorIn(text: string): unknown {
  try {
    return (JSON.parse(text) as {error?: unknown} | null)?.error;
  } catch {
    return undefined;
  }
}
