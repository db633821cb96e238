/** The processes that share the schedules of a run, one for each core. */
import {fork, type ChildProcess} from 'node:child_process';
import {availableParallelism} from 'node:os';
import {fileURLToPath} from 'node:url';
import type {Batch, Given, Result} from './batch.ts';
import type {Schedule} from './schedule.ts';

const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
const loader = new URL('mutants/load.ts', import.meta.url).href;
const batchRuns = 500;
/** Nearly all objects of a schedule die with it. With less frequent collections, fewer of them are copied. */
const largeNursery = '--max-semi-space-size=64';

export type Job = {
  schedules: number;
  seed: number;
  path?: string;
  mutant?: string;
  isTraced?: boolean;
  /** No batch begins after this time. */
  withinMs?: number;
  onProgress?(total: Result): void;
};

/** Runs schedules until one of them breaks a promise, or all are done. The run's seed determines the seed of each batch. */
export async function runSchedules(job: Job): Promise<Result> {
  const total: Result = {runs: 0, steps: 0, virtualMs: 0};
  const batches = batchesOf(job);
  const until = performance.now() + (job.withinMs ?? Infinity);
  const otherFound = Promise.withResolvers<Result>();
  const isOver = () => total.finding !== undefined || performance.now() > until;
  const crew = Array.from({length: job.path === undefined ? availableParallelism() : 1}, () =>
    start(job.mutant),
  );
  try {
    await Promise.all(
      crew.map(async (child) => {
        for (let batch = batches.next(); !batch.done && !isOver(); batch = batches.next()) {
          add(total, await Promise.race([ask(child, batch.value), otherFound.promise]));
          if (total.finding) otherFound.resolve({runs: 0, steps: 0, virtualMs: 0});
          job.onProgress?.(total);
        }
      }),
    );
  } finally {
    for (const child of crew) child.kill('SIGKILL');
  }
  return total;
}

/** Runs schedules that were written by hand. Returns the result of each. */
export async function runGiven(
  schedules: readonly Schedule[],
  {mutant, isTraced}: Pick<Job, 'mutant' | 'isTraced'> = {},
): Promise<Result[]> {
  const child = start(mutant);
  try {
    const results: Result[] = [];
    for (const given of schedules) results.push(await ask(child, {given, isTraced}));
    return results;
  } finally {
    child.kill('SIGKILL');
  }
}

function start(mutant = ''): ChildProcess {
  return fork(worker, {execArgv: [largeNursery, '--import', `${loader}?${mutant}`]});
}

function* batchesOf({schedules, seed, path, isTraced, mutant}: Job): Generator<Batch, undefined> {
  const isMutant = mutant !== undefined;
  if (path !== undefined) yield {seed, runs: 1, path, isTraced, isMutant};
  else {
    for (let no = 0; no * batchRuns < schedules; no += 1) {
      yield {seed: seed + no, runs: Math.min(batchRuns, schedules - no * batchRuns), isTraced, isMutant};
    }
  }
}

function ask(child: ChildProcess, batch: Batch | Given): Promise<Result> {
  return new Promise((resolve, reject) => {
    child.removeAllListeners();
    child.once('message', (result) => resolve(result as Result));
    child.once('exit', (code, signal) => reject(new Error(`a worker ended by itself: ${signal ?? code}`)));
    child.send(batch);
  });
}

function add(total: Result, {runs, steps, virtualMs, finding}: Result): void {
  total.runs += runs;
  total.steps += steps;
  total.virtualMs += virtualMs;
  total.finding ??= finding;
}
