/** Counts attempts by their outcome. */
export type Tally = Record<string, number>;

export function count(tally: Tally, outcome: string, times = 1): void {
  tally[outcome] = (tally[outcome] ?? 0) + times;
}

/** Runs an action this many times a second, however long each takes. It makes up for late ones and waits for none. */
export function openLoop(perSecond: number, act: () => void): {begun: () => number; stop(): void} {
  const startedAt = performance.now();
  let begun = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) * perSecond) / 1_000;
    // A driver that cannot keep up must still receive answers between its bursts.
    for (let most = perSecond / 10; begun < due && most > 0; most -= 1) {
      begun += 1;
      act();
    }
  }, 5);
  return {begun: () => begun, stop: () => clearInterval(timer)};
}
