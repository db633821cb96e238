import {backoffMs, wait, type BackoffTimes} from './backoff.ts';
import type {Caller} from './calls.ts';
import type {Http} from './http.ts';
import type {TokenSource} from './token-source.ts';

/**
 * Gives a connection its next token before the current one expires, until `signal` aborts. If no token is available, the
 * server ends the connection when the current one expires.
 */
export async function keepTokenFresh(
  tokens: TokenSource,
  {http, caller, times}: {http: Http; caller: Caller; times: BackoffTimes},
  signal: AbortSignal,
): Promise<void> {
  tokens.served();
  for (let attempt = 0; ;) {
    await wait(attempt === 0 ? tokens.goodForMs : backoffMs(attempt, times), signal);
    if (signal.aborted) return;
    try {
      await http.renew();
      await caller.call('session:refresh', {token: http.token!});
      tokens.served();
      attempt = 0;
    } catch {
      attempt += 1;
    }
  }
}
