/** The HTTP API for a load test: many requests at once, with retries when a busy cluster refuses one temporarily. */
import http, {type RefinedResponse} from 'k6/http';
import {sleep} from 'k6';

export type ApiRequest = {method: string; path: string; token: string; body?: unknown};

const timeout = '10s';
const giveUpAfterMs = 60_000;

type Refusal = {code: string; retryable: boolean; retryAfterMs?: number};

/** Returns answers in the order of the requests. Throws the final refusal of a request. */
export function callAll<Body>(url: string, requests: ApiRequest[]): Body[] {
  const bodies: Body[] = new Array(requests.length);
  const deadline = Date.now() + giveUpAfterMs;
  let open = requests.map((_, index) => index);
  while (open.length > 0) {
    const responses = http.batch(open.map((index) => prepare(url, requests[index]!)));
    let waitMs = 0;
    open = open.filter((index, position) => {
      const response = responses[position]!;
      const refusal = refusalOf(response);
      if (!refusal) bodies[index] = bodyOf(response);
      else if (!refusal.retryable || Date.now() > deadline)
        throw failure(requests[index]!, response, refusal);
      else waitMs = Math.max(waitMs, refusal.retryAfterMs ?? 500);
      return refusal !== undefined;
    });
    if (open.length > 0) sleep((waitMs * (1 + Math.random())) / 1_000);
  }
  return bodies;
}

/** Makes one request; see callAll. */
export function call<Body>(url: string, request: ApiRequest): Body {
  return callAll<Body>(url, [request])[0]!;
}

function prepare(url: string, {method, path, token, body}: ApiRequest) {
  const headers = {authorization: `Bearer ${token}`, 'content-type': 'application/json'};
  return {
    method,
    url: `${url}/api/v1${path}`,
    body: body === undefined ? undefined : JSON.stringify(body),
    // The caller counts final refusals.
    params: {headers, timeout, redirects: 0},
  };
}

function refusalOf(response: RefinedResponse<undefined>): Refusal | undefined {
  if (response.status >= 200 && response.status < 300) return undefined;
  const unreachable: Refusal = {code: `HTTP ${response.status}`, retryable: true};
  // A balancer that has no node behind it answers with its own page.
  if (response.status === 0 || response.status >= 502) return wireError(response) ?? unreachable;
  return wireError(response) ?? {...unreachable, retryable: false};
}

function wireError(response: RefinedResponse<undefined>): Refusal | undefined {
  try {
    return (response.json() as {error?: Refusal}).error;
  } catch {
    return undefined;
  }
}

function bodyOf<Body>(response: RefinedResponse<undefined>): Body {
  return (response.status === 204 ? undefined : response.json()) as Body;
}

function failure({method, path}: ApiRequest, {error}: RefinedResponse<undefined>, {code}: Refusal): Error {
  return new Error(`${method} ${path}: ${code} ${error}`.trim());
}
