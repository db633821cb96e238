import {expect, test} from 'vitest';
import {externalId, parseUserRef, userRef} from './user-refs.ts';

const id = '0193e7a0-0000-7000-8000-00000000000f';

test.each([
  ['customer-7', {externalId: 'customer-7'}],
  [`id:${id}`, {id}],
  [`id:${id.toUpperCase()}`, {id}],
  [id, {externalId: id}],
  ['id:7', {externalId: 'id:7'}],
  ['id:', {externalId: 'id:'}],
  [`ID:${id}`, {externalId: `ID:${id}`}],
  [`id:${id}0`, {externalId: `id:${id}0`}],
  [`id: ${id}`, {externalId: `id: ${id}`}],
])('%s names one user, by whose id is clear', (given, ref) => {
  expect(parseUserRef(given)).toEqual(ref);
  expect(userRef.parse(given)).toEqual(ref);
});

test.each(['', 'x'.repeat(129), 'a\u0000', '\ud800'])('%j names nobody', (given) => {
  expect(userRef.safeParse(given).success).toBe(false);
});

test('no own id can be taken for one of Madang’s', () => {
  expect(externalId.safeParse(`id:${id}`).success).toBe(false);
  expect(externalId.safeParse('id:7').success).toBe(true);
});

test.each(['.', '..'])('%s is no own id, since no path can carry it', (given) => {
  expect(externalId.safeParse(given).success).toBe(false);
});
