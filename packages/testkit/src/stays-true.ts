import {setTimeout as delay} from 'node:timers/promises';

export interface StayOptions {
  /** What must stay true, as the beginning of "… was no longer true". */
  what: string;
  /** How often to check; 20 ms by default. */
  everyMs?: number;
}

/**
 * Checks the condition for so many milliseconds, and rejects at the first check that finds it false.
 *
 * It proves that something does not happen where no later event proves it. Where one does, a test waits for that event with
 * `waitFor` and asserts afterwards: it takes less time and misses nothing. The last check is at the end or later, however busy
 * the machine is. A condition that throws rejects with its error.
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
