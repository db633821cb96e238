import {expect, test} from 'vitest';
import {createTarpit, createTarpits} from './tarpit.ts';

const pace = {burst: 40, perSecond: 20};

function refuse(tarpit: {refused(): void}, times: number): void {
  for (let count = 0; count < times; count += 1) tarpit.refused();
}

test('a caller that is refused now and then never waits', () => {
  let now = 0;
  const tarpit = createTarpit(pace, () => now);
  for (let second = 0; second < 60; second += 1) {
    refuse(tarpit, 20);
    now += 1_000;

    expect(tarpit.waitMs()).toBe(0);
  }
});

test('a caller that is refused again and again waits longer each time, two seconds at most', () => {
  const tarpit = createTarpit(pace, () => 0);
  refuse(tarpit, 40);
  expect(tarpit.waitMs()).toBe(0);
  refuse(tarpit, 10);
  expect(tarpit.waitMs()).toBe(500);
  refuse(tarpit, 1_000);
  expect(tarpit.waitMs()).toBe(2_000);
});

test.each([60, 100_000])(
  'a caller that stops after %i refusals is free again after the longest wait',
  (refusals) => {
    let now = 0;
    const tarpit = createTarpit(pace, () => now);
    refuse(tarpit, refusals);
    now += 2_000;

    expect(tarpit.waitMs()).toBe(0);
  },
);

test('one address does not slow another, and the memory of all of them is bounded', () => {
  const tarpits = createTarpits(pace, 2);
  for (let count = 0; count < 100; count += 1) tarpits.refused('a');
  tarpits.refused('b');

  expect(tarpits.waitMs('a')).toBeGreaterThan(0);
  expect(tarpits.waitMs('b')).toBe(0);

  tarpits.refused('c');

  expect(tarpits.waitMs('a')).toBe(0);
});
