/** Compares two servers that are measured in turns on a machine whose speed varies from minute to minute. */

export type Spread = {median: number; low: number; high: number};

/** Forwards, then backwards (ABBA), so that a drift in one direction favours neither the first nor the last. */
export function inRound<Item>(items: readonly Item[], round: number): readonly Item[] {
  return round % 2 === 0 ? items : items.toReversed();
}

/** The ratio of each round's two values. The result is the median of the ratios, not the ratio of the medians. */
export function pairedRatios(values: readonly number[], others: readonly number[]): Spread {
  if (values.length !== others.length) throw new Error('pairs need both halves');
  return spreadOf(values.map((value, round) => value / others[round]!));
}

/** Returns median, smallest and largest. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return {median, low: sorted[0]!, high: sorted.at(-1)!};
}

export type Interval = {mean: number; low: number; high: number};

// Student's t for 95 %, by degrees of freedom; above 30 it is within 2 % of the normal distribution's 1.96.
const quantiles = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131,
  2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/** Returns the geometric mean of the rounds' ratios, with its 95 % interval. Needs at least two rounds. */
export function intervalOf(values: readonly number[], others: readonly number[]): Interval {
  if (values.length !== others.length || values.length < 2) throw new Error('an interval needs two pairs');
  const logs = values.map((value, round) => Math.log(value / others[round]!));
  const mean = logs.reduce((sum, each) => sum + each) / logs.length;
  const variance = logs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (logs.length - 1);
  const half = (quantiles[logs.length - 2] ?? 1.96) * Math.sqrt(variance / logs.length);
  return {mean: Math.exp(mean), low: Math.exp(mean - half), high: Math.exp(mean + half)};
}
