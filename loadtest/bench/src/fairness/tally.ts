/** How often something came of what was tried, by outcome. */
export type Tally = Record<string, number>;

export function count(tally: Tally, outcome: string, times = 1): void {
  tally[outcome] = (tally[outcome] ?? 0) + times;
}

/** Acts so many times a second, however long each takes: what is late is made up for, and waits for nothing. */
export function openLoop(perSecond: number, act: () => void): {begun: () => number; stop(): void} {
  const startedAt = performance.now();
  let begun = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) * perSecond) / 1_000;
    // A driver that cannot keep up must still hear answers between its bursts.
    for (let most = perSecond / 10; begun < due && most > 0; most -= 1) {
      begun += 1;
      act();
    }
  }, 5);
  return {begun: () => begun, stop: () => clearInterval(timer)};
}
