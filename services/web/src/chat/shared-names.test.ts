import {expect, test} from 'vitest';
import {findShared, nameKey} from './shared-names.ts';

const isShared = (name: string, ...names: string[]) => findShared(names).has(nameKey(name));

test('a name of two people is shared, that of one is not', () => {
  const names = ['Kim', 'Lee', 'Kim', 'Park'];
  expect(isShared('Kim', ...names)).toBe(true);
  expect(isShared('Lee', ...names)).toBe(false);
  expect(isShared('Choi', ...names)).toBe(false);
  expect(findShared([]).size).toBe(0);
});

test.each([
  ['Mina', 'MINA'],
  ['미나', '미나'.normalize('NFD')],
  ['Ünal', 'ünal'.normalize('NFD')],
  ['ΔΗΜΟΣ', 'Δημοσ'],
  ['δημος', 'ΔΗΜΟΣ'],
  ['Strauß', 'STRAUSS'],
  ['Москва', 'москва'],
])('%s and %s are one name, by either of them', (one, other) => {
  expect(isShared(one, one, other)).toBe(true);
  expect(isShared(other, one, other)).toBe(true);
});

test.each([
  ['Mina', 'Nina'],
  ['Ünal', 'Unal'],
  ['ｋｉｍ', 'kim'],
  ['Kim', 'Kim 2'],
])('%s and %s are two names', (one, other) => {
  expect(findShared([one, other]).size).toBe(0);
});
