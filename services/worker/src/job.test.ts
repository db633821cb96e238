import {createLogger} from '@madang/runtime/log';
import {createMetrics} from '@madang/runtime/metrics';
import {expect, onTestFinished, test} from 'vitest';
import {createJobMetrics, startJob} from './job.ts';
import type {Exclusive, Job} from './job.ts';

const alone: Exclusive = async (_, lead) => {
  await lead();
  return true;
};

function start(job: Partial<Job> & Pick<Job, 'run'>, {exclusive = alone, holdMs = 0} = {}) {
  const registry = createMetrics();
  const metrics = createJobMetrics(registry);
  const log = createLogger({name: 'test', level: 'silent'});
  const runner = startJob({name: 'job', everyMs: 1, ...job}, {exclusive, metrics, log, retryMs: 1, holdMs});
  onTestFinished(() => runner.stop());
  return {...runner, metricOf: (name: string) => registry.getSingleMetricAsString(name)};
}

/** Settles at the nth call of `count`. */
function countdown(calls: number) {
  const {promise, resolve} = Promise.withResolvers<void>();
  return {reached: promise, count: () => (--calls === 0 ? resolve() : undefined)};
}

test('runs again and again, also after failures', async () => {
  const {reached, count} = countdown(4);
  let runs = 0;
  let failures = 0;
  const {metricOf, stop} = start({
    async run() {
      count();
      if (++runs % 2) throw new Error('the database is away');
      return 0;
    },
    onFailure: () => failures++,
  });

  await reached;
  await stop();

  expect(failures).toBeGreaterThanOrEqual(2);
  expect(await metricOf('madang_job_runs_total')).toMatch(/outcome="failed"\} [2-9]/);
});

test('asks for more at once while there is more to do', async () => {
  const {reached, count} = countdown(3);
  let backlog = 3;
  const {metricOf, stop} = start({
    everyMs: 3_600_000,
    async run() {
      count();
      return --backlog >= 0 ? 100 : 0;
    },
  });

  await reached;
  await stop();

  expect(await metricOf('madang_job_items_total')).toContain('{job="job"} 300');
});

test('leaves the lock between runs, or keeps it while it is to hold it', async () => {
  const leads = {leaving: 0, holding: 0};
  const counting =
    (name: keyof typeof leads): Exclusive =>
    async (_, lead) => {
      leads[name]++;
      await lead();
      return true;
    };
  const [leaving, holding] = [countdown(5), countdown(5)];

  start({run: async () => (leaving.count(), 0)}, {exclusive: counting('leaving')});
  start({run: async () => (holding.count(), 0)}, {exclusive: counting('holding'), holdMs: 60_000});
  await Promise.all([leaving.reached, holding.reached]);

  expect(leads.leaving).toBeGreaterThanOrEqual(5);
  expect(leads.holding).toBe(1);
});

test('does not run while another leads', async () => {
  const {reached, count} = countdown(1);
  let runs = 0;
  const {stop} = start({run: async () => ++runs}, {exclusive: async () => (count(), false)});

  await reached;
  await stop();

  expect(runs).toBe(0);
});

test('stops after the piece it is at, and at once while it waits', async () => {
  const started = countdown(1);
  const {promise: piece, resolve: finish} = Promise.withResolvers<number>();
  let hasStopped = false;
  const {stop} = start({everyMs: 3_600_000, run: () => (started.count(), piece)}, {holdMs: 3_600_000});

  await started.reached;
  const stopped = stop().then(() => (hasStopped = true));
  await new Promise(setImmediate);
  expect(hasStopped).toBe(false);
  finish(0);

  await stopped;
});
