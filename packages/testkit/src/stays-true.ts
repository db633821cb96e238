import {setTimeout as delay} from 'node:timers/promises';

export interface StayOptions {
  /** The condition, as the beginning of "… was no longer true". */
  what: string;
  /** How often to check; 20 ms by default. */
  everyMs?: number;
}

/**
 * Checks the condition for this many milliseconds, and rejects at the first check that finds it false.
 *
 * Use it to prove that something does not happen, if no later event proves it. If one does, wait for that event with
 * `waitFor` and assert afterwards: that takes less time and misses nothing. The last check is at the end or later, however
 * busy the machine is. If the condition throws, this rejects with its error.
 */
export async function staysTrue(
  condition: () => boolean | Promise<boolean>,
  ms: number,
  {what, everyMs = 20}: StayOptions,
): Promise<void> {
  const startedAt = performance.now();
  for (let elapsed = 0; ; await delay(Math.min(everyMs, Math.max(0, ms - elapsed)))) {
    elapsed = performance.now() - startedAt;
    if (!(await condition())) throw new Error(`${what} was no longer true after ${Math.round(elapsed)} ms`);
    if (elapsed >= ms) return;
  }
}
