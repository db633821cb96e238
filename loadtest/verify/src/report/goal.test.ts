import {expect, test} from 'vitest';
import {describeGoal, within} from './goal.ts';

const hundred = Array.from({length: 100}, (_, index) => index + 1);

test('a goal is met when every one of its bounds is kept', () => {
  const [goal] = within('back', {p95: 96, max: 100}, hundred);

  expect(goal).toEqual({
    what: 'back',
    goal: 'p95 ≤ 96 ms, max ≤ 100 ms',
    here: 'p95 96 ms, max 100 ms of 100',
    isMet: true,
  });
});

test('a goal is missed when one of its bounds is exceeded, and says so', () => {
  const [goal] = within('back', {p95: 96, max: 99}, hundred);

  expect(goal!.isMet).toBe(false);
  expect(describeGoal(goal!)).toBe(
    'MISSED back: p95 96 ms, max 100 ms of 100 (goal p95 ≤ 96 ms, max ≤ 99 ms)',
  );
});

test('of nothing measured nothing is claimed', () => {
  expect(within('back', {max: 1}, [])).toEqual([]);
});
