/** A process that runs the batches of schedules that it receives, and answers each with the result. */
import fc from 'fast-check';
import {seconds} from '@madang/verify/checker/violation';
import type {Batch, Finding, Given, Result} from './batch.ts';
import {schedules, type Schedule} from './schedule.ts';
import {simulate, type Outcome} from './simulate.ts';

/** Shrinking a failure ends after this time, with the smallest one found by then. */
const shrinkForMs = 20_000;

process.on('message', (asked: Batch | Given) => {
  // Each needs its own macrotask: the clock runs what a schedule does at once, which a promise's callback could not do.
  setImmediate(() => process.send!('given' in asked ? runGiven(asked) : runBatch(asked)));
});

function runGiven({given, isTraced = false}: Given): Result {
  const {steps, virtualMs, violations} = simulate(given);
  const result: Result = {runs: 1, steps, virtualMs};
  if (violations.length === 0) return result;
  return {...result, finding: describe(given, {seed: given.seed, path: ''}, isTraced)};
}

function runBatch({seed, runs, path, isTraced = false, isMutant = false}: Batch): Result {
  const result: Result = {runs: 0, steps: 0, virtualMs: 0};
  let failedAt: number | undefined;
  const holds = (schedule: Schedule) => {
    if (failedAt !== undefined && process.uptime() * 1_000 - failedAt > shrinkForMs) return;
    const outcome = simulate(schedule);
    if (failedAt === undefined) count(result, outcome);
    if (outcome.violations.length === 0) return;
    failedAt ??= process.uptime() * 1_000;
    throw new Error('a promise was broken');
  };
  const details = fc.check(fc.property(schedules, holds), {
    seed,
    numRuns: runs,
    path,
    // For a mutant it is enough that it fails.
    endOnFailure: path !== undefined || isMutant,
  });
  const [schedule] = details.counterexample ?? [];
  if (!schedule) return result;
  return {...result, finding: describe(schedule, {seed, path: details.counterexamplePath ?? ''}, isTraced)};
}

function count(result: Result, {steps, virtualMs}: Outcome): void {
  result.runs += 1;
  result.steps += steps;
  result.virtualMs += virtualMs;
}

function describe(schedule: Schedule, from: {seed: number; path: string}, isTraced: boolean): Finding {
  const trace: string[] = [];
  const {violations, virtualMs} = simulate(schedule, isTraced ? (line) => trace.push(line) : undefined);
  trace.push(`${seconds(virtualMs)}: the end`);
  return {...from, schedule, violations, trace};
}
