import {expect, test} from 'vitest';
import {mentionPattern} from './mention-pattern.ts';

test('finds the longest of the names, whatever follows', () => {
  const pattern = mentionPattern(['Kim', 'Kim Ann', '김한결']);

  expect('@Kim Anne, @Kim? @김한결님'.split(pattern)).toEqual([
    '',
    'Kim Ann',
    'e, ',
    'Kim',
    '? ',
    '김한결',
    '님',
  ]);
});

test('takes every character of a name as it is', () => {
  // Each of the printable ASCII characters means itself.
  const names = Array.from({length: 95}, (_, no) => `a${String.fromCodePoint(32 + no)}b`);

  for (const name of names) expect(`@${name}!`.split(mentionPattern(names))).toEqual(['', name, '!']);
});
