import fc from 'fast-check';
import {expect, test} from 'vitest';
import {attemptMs, backoffMs} from './backoff.ts';

const times = {retryMs: 1_000, retryMaxMs: 20_000};

test('tries again twice within the first time each, then after ever longer ones up to the last', () => {
  const longest = [1, 2, 3, 7, 30].map((attempt) => backoffMs(attempt, times, {random: () => 1}));
  const shortest = [1, 2, 3, 7, 30].map((attempt) =>
    Math.round(backoffMs(attempt, times, {random: () => 0})),
  );

  expect(longest).toEqual([1_000, 1_000, 1_900, 20_000, 20_000]);
  expect(shortest).toEqual([0, 0, 100, 1_053, 1_053]);
});

test('never comes back earlier than a server asked for', () => {
  fc.assert(
    fc.property(
      fc.integer({min: 1, max: 40}),
      fc.nat(60_000),
      fc.double({min: 0, max: 1, noNaN: true}),
      (attempt, retryAfterMs, value) => {
        expect(backoffMs(attempt, times, {retryAfterMs, random: () => value})).toBeGreaterThanOrEqual(
          retryAfterMs,
        );
      },
    ),
  );
});

test('gives the first attempt a second at most, and each later one longer, up to ten', () => {
  const longest = [1, 2, 3, 4, 5, 6, 20].map((attempt) => attemptMs(attempt, () => 1));
  const shortest = [1, 2, 3, 4, 5, 6, 20].map((attempt) => attemptMs(attempt, () => 0));

  expect(longest).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000, 10_000]);
  expect(shortest).toEqual([700, 1_400, 2_800, 5_600, 7_000, 7_000, 7_000]);
});
