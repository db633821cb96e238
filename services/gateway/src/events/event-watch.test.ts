import {expect, test} from 'vitest';
import {createEventWatch} from './event-watch.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}} as never;
const late = () => performance.now() + 60_000;

test('wakes who waits for what has happened, with one question for all, and lets the others wait', async () => {
  const asked: string[][] = [];
  const readPositions = (ids: string[]) => {
    asked.push(ids);
    return Promise.resolve(new Map([['a', 5]]));
  };
  const watch = createEventWatch({readPositions, log: silent});
  const others = [watch.isPassed('a', 5, late()), watch.isPassed('b', 0, late())];

  expect(await watch.isPassed('a', 4, late())).toBe(true);
  expect(asked[0]).toEqual(['a', 'b']);
  watch.close();
  expect(await Promise.all(others)).toEqual([false, false]);
});

test('lets go at the end of the wait, while the database is away, and at once when closed', async () => {
  const watch = createEventWatch({readPositions: () => Promise.reject(new Error('away')), log: silent});

  expect(await watch.isPassed('a', 0, performance.now() + 1)).toBe(false);
  watch.close();
  expect(await watch.isPassed('a', 0, late())).toBe(false);
});

test('refuses a tenant that waits too often at once, and no other', async () => {
  const watch = createEventWatch({readPositions: () => Promise.resolve(new Map()), log: silent});
  const waiting = Array.from({length: 100}, () => watch.isPassed('a', 0, late()));

  await expect(watch.isPassed('a', 0, late())).rejects.toMatchObject({code: 'rate_limited'});
  const other = watch.isPassed('b', 0, late());
  watch.close();

  expect(new Set(await Promise.all([...waiting, other]))).toEqual(new Set([false]));
});
