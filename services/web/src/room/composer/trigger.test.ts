import {expect, test} from 'vitest';
import {nameBefore, triggerAt} from './trigger.ts';

test.each([
  ['@', '@', '', 0],
  ['hello @mi', '@', 'mi', 6],
  ['(@준', '@', '준', 1],
  ['see #ro', '#', 'ro', 4],
  ['/', '/', '', 0],
  ['／귓', '/', '귓', 0],
  ['nice :thu', ':', 'thu', 5],
  ['좋아:웃음', ':', '웃음', 2],
] as const)('%s can be completed', (text, kind, query, from) => {
  expect(triggerAt(text, text.length)).toEqual({kind, query, from});
});

test.each([
  '',
  'a@b',
  '10:30',
  ':)',
  ':-',
  ': ab',
  'https://a',
  'a/b',
  ' /w',
  '/w mina',
  'C#',
  '@mina hello',
  '::ab',
])('%s cannot', (text) => {
  expect(triggerAt(text, text.length)).toBeUndefined();
});

test('what follows the caret does not matter', () => {
  expect(triggerAt('@mi and more', 3)).toEqual({kind: '@', query: 'mi', from: 0});
});

test('a name between two colons is one, a time or an address is none', () => {
  expect(nameBefore('so :thumbs_up:', 14)).toEqual({name: 'thumbs_up', from: 3});
  for (const text of ['10:30:', 'https://a:80:', ':a b:', '::'])
    expect(nameBefore(text, text.length)).toBeUndefined();
});
