import {expect, test} from 'vitest';
import {Random} from './random.ts';

const draw = (seed: number) => {
  const random = new Random(seed);
  return [random.next(), random.pick([1, 2, 3, 4, 5]), random.shuffle([1, 2, 3, 4, 5])];
};

test('a seed gives the same numbers again, and another one others', () => {
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
});

test('a weight of nothing is never drawn', () => {
  const random = new Random(1);
  const drawn = Array.from({length: 200}, () => random.weighted({often: 3, seldom: 1, never: 0}));

  expect(new Set(drawn)).toEqual(new Set(['often', 'seldom']));
});
