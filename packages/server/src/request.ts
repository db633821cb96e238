import {setTimeout as sleep} from 'node:timers/promises';
import {explainUnreachable} from '@madang/protocol/unreachable';

export type ErrorCode =
  | 'invalid'
  | 'unauthenticated'
  | 'wrong_password'
  | 'forbidden'
  | 'banned'
  | 'not_found'
  | 'conflict'
  | 'room_full'
  | 'room_closed'
  | 'too_large'
  | 'unsupported'
  | 'misdirected'
  | 'rate_limited'
  | 'overloaded'
  | 'unavailable'
  | 'internal';

type WireError = {
  code: ErrorCode;
  message: string;
  retryable: boolean;
  retryAfterMs?: number;
  details?: Record<string, unknown>;
};

/** The cluster refused, or could not be reached (`unavailable`). Switch on `code` only. */
export class ServerError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor({code, message, retryable, retryAfterMs, details}: WireError, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ServerError';
    this.code = code;
    this.retryable = retryable;
    this.retryAfterMs = retryAfterMs;
    this.details = details;
  }
}

export type RequestOptions = {
  url: string;
  key: string;
  fetch?: typeof fetch;
  /** How long a call may take, including its retries. */
  timeoutMs?: number;
};

export type Request = <Result>(method: string, path: string, body?: object) => Promise<Result>;

const firstRetryMs = 200;
const longestRetryMs = 3_000;

/**
 * Creates the function that calls the Server API with a key, and as `user` (percent-encoded) if one is given. It repeats a
 * call after temporary refusals until the time is over. Every call of this package may be repeated, and takes effect once
 * unless it says otherwise.
 */
export function createRequest(
  {url, key, fetch: send = fetch, timeoutMs = 10_000}: RequestOptions,
  {user}: {user?: string} = {},
): Request {
  const address = checkedAddress(url);
  checkKey(key);
  const base = `${address}/api/v1`;

  async function once(
    method: string,
    path: string,
    body: object | undefined,
    leftMs: number,
  ): Promise<unknown> {
    let response: Response;
    let text: string;
    try {
      response = await send(base + path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(user === undefined ? {} : {'madang-as-user': user}),
          ...(body === undefined ? {} : {'content-type': 'application/json'}),
        },
        signal: AbortSignal.timeout(leftMs),
        ...(body === undefined ? {} : {body: JSON.stringify(body)}),
      });
      text = await response.text();
    } catch (cause) {
      const {message, ...details} = explainUnreachable(cause, address);
      throw new ServerError({code: 'unavailable', message, retryable: true, details}, {cause});
    }
    if (response.ok) return answerIn(text, address);
    throw new ServerError(errorIn(text) ?? errorOfStatus(response));
  }

  return <Result>(method: string, path: string, body?: object) =>
    patiently(timeoutMs, (leftMs) => once(method, path, body, leftMs) as Promise<Result>);
}

/** Repeats a request for this long while the refusal is temporary. */
async function patiently<Result>(
  timeoutMs: number,
  attempt: (leftMs: number) => Promise<Result>,
): Promise<Result> {
  const until = performance.now() + timeoutMs;
  for (let waitMs = firstRetryMs; ; waitMs = Math.min(waitMs * 2, longestRetryMs)) {
    try {
      return await attempt(Math.max(1, Math.ceil(until - performance.now())));
    } catch (error) {
      if (!(error instanceof ServerError) || !error.retryable) throw error;
      // The wait is jittered, so that many callers do not return at the same time.
      const pauseMs = Math.max(error.retryAfterMs ?? 0, waitMs * (0.5 + Math.random() / 2));
      if (performance.now() + pauseMs >= until) throw error;
      await sleep(pauseMs);
    }
  }
}

export type LineRequest = ReturnType<typeof createLineRequest>;

/**
 * Creates the function that reads an answer line by line as it arrives. Once the first line has come, it is not retried.
 */
export function createLineRequest(
  {url, key, fetch: send = fetch, timeoutMs = 10_000}: RequestOptions,
  {user}: {user?: string} = {},
) {
  const address = checkedAddress(url);
  const headers: Record<string, string> = {authorization: `Bearer ${key}`};
  if (user !== undefined) headers['madang-as-user'] = user;

  /** The time limit covers the beginning of an answer; the lines may take longer. */
  async function open(path: string, leftMs: number): Promise<ReadableStream<Uint8Array>> {
    const opening = new AbortController();
    const timer = setTimeout(() => opening.abort(), leftMs);
    try {
      const {signal} = opening;
      const response = await send(`${address}/api/v1${path}`, {method: 'GET', headers, signal});
      if (response.ok) return response.body!;
      throw new ServerError(errorIn(await response.text()) ?? errorOfStatus(response));
    } catch (error) {
      if (error instanceof ServerError) throw error;
      return throwUnreachable(error);
    } finally {
      clearTimeout(timer);
    }
  }

  function throwUnreachable(cause: unknown): never {
    const {message, ...details} = explainUnreachable(cause, address);
    throw new ServerError({code: 'unavailable', message, retryable: true, details}, {cause});
  }

  return async function* lines<Line extends {type: string}>(path: string): AsyncGenerator<Line> {
    const body = await patiently(timeoutMs, (leftMs) => open(path, leftMs));
    let last: Line | undefined;
    try {
      for await (const text of linesOf(body)) yield (last = JSON.parse(text) as Line);
    } catch (cause) {
      throwUnreachable(cause);
    }
    if (last?.type === 'end') return;
    throw new ServerError({code: 'unavailable', message: 'The export broke off.', retryable: true});
  };
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const lines = `${rest}${decoder.decode(bytes, {stream: true})}`.split('\n');
    rest = lines.pop()!;
    yield* lines;
  }
}

/** The cluster may begin below a path, such as `https://example.com/chat`. */
function checkedAddress(url: unknown): string {
  const parsed = typeof url === 'string' ? URL.parse(url) : null;
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed.origin + parsed.pathname.replace(/\/+$/, '');
  throw new TypeError(`createServer needs a url such as https://chat.example, not ${JSON.stringify(url)}.`);
}

/** Checks that a key can be sent. The error never shows the key. */
function checkKey(key: unknown): void {
  if (typeof key !== 'string') {
    throw new TypeError(
      `createServer needs a service key (mdk_…), not ${key === null ? 'null' : typeof key}.`,
    );
  }
  if (!/^mdk_[!-~]+$/.test(key)) {
    throw new TypeError(
      'createServer needs a service key, which begins with mdk_ and has no spaces or line breaks.',
    );
  }
}

function answerIn(text: string, address: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    const message = `The answer of ${address} is not JSON: check that the url is the address of a Madang cluster.`;
    throw new ServerError({code: 'invalid', message, retryable: false}, {cause});
  }
}

function errorIn(text: string): WireError | undefined {
  try {
    const {error} = JSON.parse(text) as {error?: WireError};
    return typeof error?.code === 'string' ? error : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the error of a status alone, because a balancer's answer has no body of ours. */
function errorOfStatus({status, headers}: Response): WireError {
  const retryable = status >= 500 || status === 429;
  const message = `The answer was ${status}.`;
  const seconds = headers.get('retry-after') ?? '';
  const wait = retryable && /^\d{1,9}$/.test(seconds) ? {retryAfterMs: Number(seconds) * 1_000} : {};
  return {code: retryable ? 'unavailable' : 'invalid', message, retryable, ...wait, details: {status}};
}
