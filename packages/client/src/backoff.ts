export type BackoffTimes = {retryMs: number; retryMaxMs: number};

// The wide range spreads clients that lost the same server over almost twice the delay, so they do not return together.
const randomization = 0.9;

/**
 * Returns how long to wait before retry number `attempt`, which counts from 1. The first two waits are anything up to
 * `retryMs`; later ones double, up to `retryMaxMs`. All are jittered, and none is shorter than the server asked for.
 *
 * Two waits are short because the first retry may still reach the lost node: the balancer takes a moment to notice the
 * loss.
 */
export function backoffMs(
  attempt: number,
  times: BackoffTimes,
  {retryAfterMs = 0, random = Math.random}: {retryAfterMs?: number | undefined; random?: () => number} = {},
): number {
  if (attempt <= 2) return retryAfterMs + random() * times.retryMs;
  const base = Math.min(times.retryMaxMs / (1 + randomization), times.retryMs * 2 ** (attempt - 3));
  const jittered = base * (1 - randomization + 2 * randomization * random());
  return Math.max(jittered, retryAfterMs + random() * times.retryMs);
}

/**
 * Returns how long attempt number `attempt`, which counts from 1, may take to reach a node. The first may take up to a
 * second; each later one may take twice as long, up to ten seconds. All are jittered.
 *
 * The first attempt is short because a lost node never answers, and the next attempt finds another node. Later attempts are
 * longer because clients of a slow cluster would otherwise keep giving up and retrying.
 */
export function attemptMs(attempt: number, random: () => number = Math.random): number {
  return Math.min(10_000, 1_000 * 2 ** (attempt - 1)) * (0.7 + 0.3 * random());
}

/** Resolves after `ms`, or at once when the signal aborts. Callers check the signal afterwards. */
export function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done);
  });
}
