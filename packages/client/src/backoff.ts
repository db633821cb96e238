export type BackoffTimes = {retryMs: number; retryMaxMs: number};

// Wide, so that clients which lost the same server spread over almost twice the delay instead of returning together.
const randomization = 0.9;

/**
 * How long to wait before attempt number `attempt` (1 is the first retry): anything up to `retryMs` for the first two,
 * then doubling up to `retryMaxMs`, always jittered, and never less than a server asked for.
 *
 * Two, because the first retry may still reach the node that is gone: the balancer needs a moment to notice.
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
 * How long attempt number `attempt` (1 is the first) may take to reach a node: up to a second, then twice that, up to
 * ten seconds, always jittered.
 *
 * Short at first, since a node that is gone answers nothing and the next attempt finds another one. Longer after each, or
 * clients of a cluster that is slow would give up and come back without end.
 */
export function attemptMs(attempt: number, random: () => number = Math.random): number {
  return Math.min(10_000, 1_000 * 2 ** (attempt - 1)) * (0.7 + 0.3 * random());
}

/** Resolves after a time, or at once when the signal aborts; callers check the signal afterwards. */
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
