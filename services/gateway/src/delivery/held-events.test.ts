import {expect, test} from 'vitest';
import {HeldEvents} from './held-events.ts';

test('shows at once what a node may show, and the rest in order once it is up to date', () => {
  let mayShow = true;
  const shown: number[] = [];
  const held = new HeldEvents(() => mayShow);

  held.show(() => shown.push(1));
  mayShow = false;
  held.show(() => shown.push(2));
  held.show(() => shown.push(3));
  expect(shown).toEqual([1]);

  mayShow = true;
  held.release();
  held.release();
  expect(shown).toEqual([1, 2, 3]);
});

test('keeps the newest thousand through a long outage', () => {
  const shown: number[] = [];
  const held = new HeldEvents(() => false);

  for (let event = 1; event <= 1_500; event += 1) held.show(() => shown.push(event));
  held.release();

  expect(shown).toHaveLength(1_000);
  expect(shown.at(0)).toBe(501);
  expect(shown.at(-1)).toBe(1_500);
});
