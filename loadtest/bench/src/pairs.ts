/** Comparing two servers measured in turn on a machine that is never quite the same from one minute to the next. */

export type Spread = {median: number; low: number; high: number};

/** There and back again (ABBA): whatever drifts in one direction favours neither the first nor the last. */
export function inRound<Item>(items: readonly Item[], round: number): readonly Item[] {
  return round % 2 === 0 ? items : items.toReversed();
}

/** Each round's value against the same round's of the other. The median of the ratios, not the ratio of medians. */
export function pairedRatios(values: readonly number[], others: readonly number[]): Spread {
  if (values.length !== others.length) throw new Error('pairs need both halves');
  return spreadOf(values.map((value, round) => value / others[round]!));
}

/** Median, smallest and largest. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return {median, low: sorted[0]!, high: sorted.at(-1)!};
}
