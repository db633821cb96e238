import {expect, test} from 'vitest';
import {snippetOf} from './snippet.ts';

/** The text with its hits in brackets. */
const marked = (text: string, query: string) =>
  snippetOf(text, query)
    .map((piece) => (piece.isHit ? `[${piece.text}]` : piece.text))
    .join('');

test.for([
  ['The meeting is at noon', 'meet', 'The [meet]ing is at noon'],
  ['The MEETING is at noon', 'noon meeting', 'The [MEETING] is at [noon]'],
  ['a cafe or a café', 'CAFÉ', 'a [cafe] or a [café]'],
  ['the art of starting', 'art', 'the [art] of starting'],
  ['내일 회의합시다', '회의', '내일 [회의]합시다'],
  ['주간회의', '회의', '주간[회의]'],
  ['새 Ｗindow', 'window', '새 [Ｗindow]'],
  ['v2회의록', '회의', 'v2[회의]록'],
  ['one two three, two one', '"two three"', 'one [two three], two one'],
  ['first\n\nsecond', 'second', 'first [second]'],
  ['nothing of it', 'else', 'nothing of it'],
  ['🎉 done', '🎉', '[🎉] done'],
])('of %j, %j finds %j', ([text, query, expected]) => {
  expect(marked(text!, query!)).toBe(expected);
});

test('a long text is cut before the first hit and at its end', () => {
  const text = `${'before and before '.repeat(10)}needle${' after'.repeat(100)}`;

  const shown = marked(text, 'needle');

  expect(shown).toMatch(/^…(?:before |and )+\[needle\] after/);
  expect(shown.length).toBeLessThan(250);
  expect(shown.endsWith('…')).toBe(true);
});

test('a text of another normal form, or of many code units, keeps its letters', () => {
  expect(marked('회의실'.normalize('NFD'), '회의')).toBe('[회의]실');
  expect(marked('👩‍👩‍👧 family', 'family')).toBe('👩‍👩‍👧 [family]');
  expect(marked('İstanbul', 'istanbul')).toBe('[İstanbul]');
});
