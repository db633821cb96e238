/** Delays what a departure causes. A user who returns within the grace period counts as never gone. */

export type GracePeriods = ReturnType<typeof createGracePeriods>;

export function createGracePeriods(graceMs: number) {
  // Ordered by their end, since all are equally long.
  const running = new Map<string, {endsAt: number; onEnd: () => void}>();
  let timer: NodeJS.Timeout | undefined;

  function schedule(): void {
    const [next] = running.values();
    if (!next || timer) return;
    timer = setTimeout(endDue, Math.max(0, next.endsAt - performance.now())).unref();
  }

  function endDue(): void {
    timer = undefined;
    const now = performance.now();
    for (const [key, {endsAt, onEnd}] of running) {
      if (endsAt > now) break;
      running.delete(key);
      onEnd();
    }
    schedule();
  }

  return {
    /** Calls `onEnd` when the grace period is over. A period already running under this key stays unchanged. */
    begin(key: string, onEnd: () => void): void {
      if (running.has(key)) return;
      running.set(key, {endsAt: performance.now() + graceMs, onEnd});
      schedule();
    },
    /** Returns whether a grace period was running. */
    cancel: (key: string): boolean => running.delete(key),
    close: (): void => clearTimeout(timer),
  };
}
