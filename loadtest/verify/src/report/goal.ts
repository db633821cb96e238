import {inMs, quantile} from './measure.ts';

/** A figure that has a goal, and its value. */
export type Goal = {what: string; goal: string; here: string; isMet: boolean};

const shares = {p50: 0.5, p95: 0.95, p99: 0.99, max: 1};
type Bounds = Partial<Record<keyof typeof shares, number>>;

/**
 * Quantiles of times, each with its bound; none if nothing was measured. Disturbed figures are reported, but not judged.
 */
export function within(
  what: string,
  bounds: Bounds,
  valuesMs: readonly number[],
  disturbedMs: readonly number[] = [],
): Goal[] {
  if (valuesMs.length === 0) return [];
  const found = Object.entries(bounds).map(([name, boundMs]) => {
    const value = quantile(valuesMs, shares[name as keyof typeof shares])!;
    return {
      goal: `${name} ≤ ${inMs(boundMs)}`,
      here: `${name} ${inMs(value)}`,
      isMet: value <= boundMs,
    };
  });
  return [
    {
      what,
      goal: found.map(({goal}) => goal).join(', '),
      here: `${found.map(({here}) => here).join(', ')} of ${valuesMs.length}${describeDisturbed(disturbedMs)}`,
      isMet: found.every(({isMet}) => isMet),
    },
  ];
}

function describeDisturbed(valuesMs: readonly number[]): string {
  if (valuesMs.length === 0) return '';
  return `; ${valuesMs.length} more, prolonged by the next fault, up to ${inMs(quantile(valuesMs, 1))}`;
}

/** Returns one line for the console. */
export function describeGoal({what, goal, here, isMet}: Goal): string {
  return `${isMet ? 'met   ' : 'MISSED'} ${what}: ${here} (goal ${goal})`;
}
