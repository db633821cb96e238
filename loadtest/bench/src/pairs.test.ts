import {expect, test} from 'vitest';
import {inRound, intervalOf, pairedRatios, spreadOf} from './pairs.ts';

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

test('gives the interval in which the true ratio lies in 95 of 100 runs', () => {
  // Logarithms 0, 1, 2 of the ratios: mean 1, standard error 1 / √3, quantile 4.303 for two degrees of freedom.
  const {mean, low, high} = intervalOf([1, Math.E, Math.E ** 2], [1, 1, 1]);
  expect(Math.log(mean)).toBeCloseTo(1, 9);
  expect(Math.log(low)).toBeCloseTo(1 - 4.303 / Math.sqrt(3), 9);
  expect(Math.log(high)).toBeCloseTo(1 + 4.303 / Math.sqrt(3), 9);
});
