import {expect, test} from 'vitest';
import {limits} from './limits.ts';
import {createNotificationsInput} from './notifications.ts';

const to = ['0193e7a0-0000-7000-8000-000000000001'];
const accepts = (data: unknown) => createNotificationsInput.safeParse({to, type: 'order', data}).success;
const nested = (levels: number): unknown => (levels === 0 ? 1 : {in: nested(levels - 1)});

test('takes any JSON object as data, and gives it on as it is', () => {
  const data = {a: null, b: [1, {c: 'ㅁ'}], d: true, constructor: 'x'};

  expect(createNotificationsInput.parse({to, type: 'order', data}).data).toEqual(data);
});

test.each([
  ['U+0000 in a nested text', {a: [{b: '\u0000'}]}],
  ['U+0000 in a key', {a: {'\u0000': 1}}],
  ['an unpaired surrogate', {a: '\ud800'}],
  ['a key __proto__', JSON.parse('{"a": {"__proto__": {}}}')],
  ['too many levels', nested(21)],
  ['levels without end', JSON.parse(`{"a": ${'['.repeat(30_000)}${']'.repeat(30_000)}}`)],
  ['too many bytes', {a: 'ㅁ'.repeat(limits.notificationBytes / 3)}],
  ['a list', []],
  ['an integer beyond 2^53', {a: [2 ** 53]}],
  ['a number that is none', {a: Number.NaN}],
  ['a number without end', {a: JSON.parse('1e400')}],
])('refuses %s as data', (_what, data) => {
  expect(accepts(data)).toBe(false);
});

test('takes data up to its limits', () => {
  expect(accepts({a: 'x'.repeat(limits.notificationBytes - '{"a":""}'.length)})).toBe(true);
  expect(accepts(nested(20))).toBe(true);
});
