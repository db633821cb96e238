import {expect, test} from 'vitest';
import {runSchedules} from './crew.ts';

const within = {timeout: 120_000};

test('keeps every promise in a few schedules, which a seed repeats to the step', within, async () => {
  const job = {schedules: 40, seed: 3};

  const first = await runSchedules(job);
  const second = await runSchedules(job);

  expect(first.finding).toBeUndefined();
  expect(first).toMatchObject({runs: 40});
  expect(second).toEqual(first);
});

test('finds a bug, and its path repeats the very run', within, async () => {
  const job = {schedules: 1_000, seed: 1, mutant: 'a-batch-leaves-no-move'};

  const {finding} = await runSchedules(job);
  const again = await runSchedules({...job, seed: finding!.seed, path: finding!.path});

  expect(finding!.violations.map(({invariant}) => invariant)).toContain('lost');
  expect(again.finding!.schedule).toEqual(finding!.schedule);
  expect(again.finding!.violations).toEqual(finding!.violations);
});
