import {setTimeout as delay} from 'node:timers/promises';

export interface WaitOptions {
  timeoutMs: number;
  /** What the test waits for, as the end of "gave up waiting for …". */
  what: string;
  /** How often to look; 20 ms by default. */
  everyMs?: number;
}

/**
 * Waits until the condition returns something other than undefined, null or false, and returns that.
 *
 * Rejects after the deadline, with the condition's last error as the cause: a condition may throw while it is not met.
 * The deadline also bounds a condition that never answers.
 */
export async function waitFor<Value>(
  condition: () => Value | Promise<Value>,
  {timeoutMs, what, everyMs = 20}: WaitOptions,
): Promise<Exclude<Awaited<Value>, undefined | null | false>> {
  const deadline = performance.now() + timeoutMs;
  const stop = new AbortController();
  const tooLate = delay(timeoutMs, undefined, {signal: stop.signal, ref: true});
  // If the condition is met first, this rejection is irrelevant.
  tooLate.catch(() => undefined);
  let cause: unknown;
  try {
    do {
      try {
        const value = await Promise.race([condition(), tooLate]);
        if (value !== undefined && value !== null && value !== false) {
          return value as Exclude<Awaited<Value>, undefined | null | false>;
        }
        cause = undefined;
      } catch (error) {
        cause = error;
      }
      await delay(Math.max(0, Math.min(everyMs, deadline - performance.now())));
    } while (performance.now() < deadline);
  } finally {
    stop.abort();
  }
  throw new Error(`gave up waiting for ${what} after ${timeoutMs} ms`, {cause});
}
