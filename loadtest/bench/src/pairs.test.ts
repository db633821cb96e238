import {expect, test} from 'vitest';
import {inRound, pairedRatios, spreadOf} from './pairs.ts';

test('goes through the servers forwards and backwards in turn', () => {
  expect([0, 1, 2].map((round) => inRound(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'cba', 'abc']);
});

test('compares within a round, so a machine that slows down for both changes nothing', () => {
  expect(pairedRatios([1, 10, 100], [2, 20, 200])).toEqual({median: 0.5, low: 0.5, high: 0.5});
});

test('takes the mean of the two in the middle for the median of an even number', () => {
  expect(spreadOf([4, 1, 3, 2])).toEqual({median: 2.5, low: 1, high: 4});
  expect(spreadOf([3, 1, 2])).toEqual({median: 2, low: 1, high: 3});
});
