/** Converts a plan into options of k6. Pure. */
import {objectivesOf} from './objectives.ts';
import {roomsOf, type Plan} from './plan.ts';

type Sizes = Pick<Plan, 'users' | 'roomSize'>;

/** Time beyond ramp and duration: to sign in on a busy cluster, to settle, and to leave. */
const spareMs = 300_000;

/** One virtual user a room, each of which runs once. */
export function roomsInK6(plan: Plan, sizes: Sizes, exec?: string) {
  return {
    executor: 'per-vu-iterations',
    vus: roomsOf(sizes),
    iterations: 1,
    maxDuration: `${plan.rampMs + plan.durationMs + spareMs}ms`,
    gracefulStop: '0s',
    ...(exec ? {exec} : {}),
  };
}

export function k6Options(plan: Plan, scenarios: Record<string, {vus: number}>) {
  const rooms = Object.values(scenarios).reduce((sum, {vus}) => sum + vus, 0);
  const thresholds: Record<string, string[]> = {};
  for (const {metric, condition} of objectivesOf(plan.scenario, rooms)) {
    (thresholds[metric] ??= []).push(condition);
  }
  return {
    scenarios,
    thresholds,
    summaryTrendStats: ['count', 'min', 'med', 'p(95)', 'p(99)', 'max'],
    // With ids in addresses there would be a time series for every room.
    systemTags: ['status', 'method', 'error_code', 'scenario'],
    batchPerHost: 10,
    setupTimeout: '60s',
  };
}
