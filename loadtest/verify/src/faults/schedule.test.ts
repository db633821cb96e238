import {expect, test} from 'vitest';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import type {Product} from '../generator/product.ts';
import {Random} from '../random.ts';
import {allFaults, Schedule} from './schedule.ts';

const product = undefined as unknown as Product;

test('there are at least 20 kinds of faults, each under a name of its own', () => {
  const kinds = allFaults.map(({kind}) => kind);

  expect(new Set(kinds).size).toBe(kinds.length);
  expect(kinds.length).toBeGreaterThanOrEqual(20);
});

test('says which faults cannot be made here, and why', () => {
  const cluster = {gateways: [], replicated: undefined} as unknown as ProcessCluster;
  const plan = {everyMs: 1, lastMs: [1, 1] as [number, number], atOnceShare: 0, kinds: 'all' as const};
  const schedule = new Schedule({cluster, product}, plan, new Random(1), () => undefined, 'failed over');

  expect([...schedule.impossible]).toEqual([
    ['Postgres failed over', 'this run has no standby'],
    ['Redis failed over by Sentinels', 'this run has another kind of Redis'],
  ]);
});

test('a fault that cannot be made ends nothing, and is told', async () => {
  const kill = () => {
    throw new Error('no such process');
  };
  const cluster = {gateways: [], worker: {kill}} as unknown as ProcessCluster;
  const plan = {everyMs: 5, lastMs: [1, 1] as [number, number], atOnceShare: 0, kinds: 'all' as const};
  const schedule = new Schedule({cluster, product}, plan, new Random(1), () => undefined, 'worker killed');

  await schedule.run(50, 1);
  expect(schedule.failures[0]).toBe('worker killed could not be done or undone: no such process');
});

test('a time is calm when nothing was done in it or shortly before', () => {
  const cluster = {gateways: []} as unknown as ProcessCluster;
  const plan = {everyMs: 1, lastMs: [1, 1] as [number, number], atOnceShare: 0, kinds: 'few' as const};
  const schedule = new Schedule({cluster, product}, plan, new Random(1), () => undefined);
  schedule.records.push({kind: 'any', target: 'redis', startedAt: 1_000, healedAt: 2_000});

  expect(schedule.wasCalm(0, 999, 500)).toBe(true);
  expect(schedule.wasCalm(500, 1_500, 500)).toBe(false);
  expect(schedule.wasCalm(2_400, 3_000, 500)).toBe(false);
  expect(schedule.wasCalm(2_600, 3_000, 500)).toBe(true);
  schedule.records.push({kind: 'quiet', target: 'clients', isQuiet: true, startedAt: 2_600, healedAt: 3_000});
  expect(schedule.wasCalm(2_600, 3_000, 500)).toBe(true);
});
