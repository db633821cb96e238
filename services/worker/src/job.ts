import {setTimeout as delay} from 'node:timers/promises';
import type {Logger} from '@madang/runtime/log';
import {Counter, Gauge, Histogram} from '@madang/runtime/metrics';
import type {Registry} from '@madang/runtime/metrics';

/** Repeated work that one worker does for the whole cluster. It may be cut off anywhere and run twice. */
export type Job = {
  /** The name of the job's file, lock and metrics. */
  name: string;
  everyMs: number;
  /** Does a bounded piece of work and returns how much it did; above 0, it is called again at once. */
  run(): Promise<number>;
  /** Called after a run, or an attempt to lead, has failed. */
  onFailure?(): void;
};

/** Runs `lead` unless another worker leads the job of this name; returns whether it ran. */
export type Exclusive = (name: string, lead: () => Promise<void>) => Promise<boolean>;

export type JobRunner = {
  /** Ends the work after the current piece. */
  stop: () => Promise<void>;
};

export type JobRunnerOptions = {
  exclusive: Exclusive;
  metrics: JobMetrics;
  log: Logger;
  /** How long to wait after a failure. */
  retryMs: number;
  /** How long to keep leading between runs: for frequent jobs whose lock costs a connection to take. */
  holdMs?: number;
};

/**
 * The longest wait before asking again for a lock that another worker holds: a job rests this long if its leader dies.
 */
const followMs = 3_000;

/** The pause between two pieces of the same work, so that a large backlog leaves room for other work. */
const pauseMs = 50;

/** Leads and runs a job until stopped. No failure ends it: it retries until a missing dependency is back. */
export function startJob(job: Job, options: JobRunnerOptions): JobRunner {
  const {exclusive, metrics, log, retryMs, holdMs = 0} = options;
  const stopping = new AbortController();
  const {signal} = stopping;
  let isFailing = false;

  const wait = (ms: number) => delay(ms, undefined, {signal}).catch(() => {});

  async function runOnce(): Promise<number> {
    const stopTimer = metrics.seconds.startTimer({job: job.name});
    const done = await job.run();
    stopTimer();
    metrics.runs.inc({job: job.name, outcome: 'ok'});
    metrics.items.inc({job: job.name}, done);
    if (isFailing) log.info({job: job.name}, 'job recovered');
    isFailing = false;
    return done;
  }

  async function lead(): Promise<void> {
    const until = performance.now() + holdMs;
    metrics.leading.set({job: job.name}, 1);
    while (!signal.aborted) {
      const done = await runOnce();
      if (done > 0) await wait(pauseMs);
      else if (performance.now() < until) await wait(job.everyMs);
      else return;
    }
  }

  async function loop(): Promise<void> {
    while (!signal.aborted) {
      try {
        const hasLed = await exclusive(job.name, lead);
        metrics.leading.set({job: job.name}, 0);
        await wait(hasLed ? job.everyMs : Math.max(job.everyMs, followMs));
      } catch (error) {
        metrics.leading.set({job: job.name}, 0);
        metrics.runs.inc({job: job.name, outcome: 'failed'});
        // One line per outage, not one per attempt.
        if (!isFailing) log.warn({err: error, job: job.name}, 'job failed');
        isFailing = true;
        job.onFailure?.();
        await wait(retryMs);
      }
    }
  }

  const ended = loop();
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

export type JobMetrics = ReturnType<typeof createJobMetrics>;

export function createJobMetrics(registry: Registry) {
  const registers = [registry];
  return {
    runs: new Counter({
      name: 'madang_job_runs_total',
      help: 'Pieces of work, by job and outcome; failed attempts to lead count as failed.',
      labelNames: ['job', 'outcome'],
      registers,
    }),
    items: new Counter({
      name: 'madang_job_items_total',
      help: 'What the jobs have done: nodes dropped, memberships ended, rooms closed, rows blanked or pruned.',
      labelNames: ['job'],
      registers,
    }),
    seconds: new Histogram({
      name: 'madang_job_seconds',
      help: 'Duration of a piece of work.',
      labelNames: ['job'],
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
      registers,
    }),
    leading: new Gauge({
      name: 'madang_job_leading',
      help: 'Whether this worker leads the job.',
      labelNames: ['job'],
      registers,
    }),
  };
}
