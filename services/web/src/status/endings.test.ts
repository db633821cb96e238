import {expect, test} from 'vitest';
import {endOf} from './endings.ts';

test('what is to last until tomorrow ends in the morning, also over the end of a month', () => {
  const now = new Date(2026, 0, 31, 22, 15);

  expect(endOf('half', now)).toEqual(new Date(2026, 0, 31, 22, 45));
  expect(endOf('hour', now)).toEqual(new Date(2026, 0, 31, 23, 15));
  expect(endOf('today', now)).toEqual(new Date(2026, 1, 1));
  expect(endOf('tomorrow', now)).toEqual(new Date(2026, 1, 1, 9));
  expect(endOf('never', now)).toBeUndefined();
});
