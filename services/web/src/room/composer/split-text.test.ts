import fc from 'fast-check';
import {expect, test} from 'vitest';
import {countChars, splitText} from './split-text.ts';

test('leaves a text that fits as it is', () => {
  expect(splitText('a\nb', 4)).toEqual(['a\nb']);
  expect(splitText('🍊'.repeat(40), 40)).toEqual(['🍊'.repeat(40)]);
});

test('cuts between lines, else between words, else between letters', () => {
  expect(splitText(`${'a'.repeat(20)}\n${'b'.repeat(20)}`, 30)).toEqual(['a'.repeat(20), 'b'.repeat(20)]);
  expect(splitText(`${'a'.repeat(20)} ${'b'.repeat(20)}`, 30)).toEqual(['a'.repeat(20), 'b'.repeat(20)]);
  expect(splitText('c'.repeat(50), 34).map(countChars)).toEqual([30, 20]);
});

test('cuts no letter that is made of several characters', () => {
  const family = '👨‍👩‍👧‍👦';
  for (const letter of [family, '🇰🇷', 'é', 'क्षि', '👍🏽', '한']) {
    const parts = splitText(letter.repeat(40), 64);
    expect(parts.join('')).toBe(letter.repeat(40));
    for (const part of parts) expect(part.length % letter.length).toBe(0);
  }
});

test('closes a block of code that is cut, and opens it again with its language and indentation', () => {
  const lines = Array.from({length: 8}, (_, no) => `  line ${no}`);
  const parts = splitText(`see\n\`\`\`js\n${lines.join('\n')}\n\`\`\`\nend`, 48);
  expect(parts.length).toBeGreaterThan(1);
  for (const part of parts) expect(part.split('```').length % 2).toBe(1);
  for (const line of lines) expect(parts.join('\n').split('\n')).toContain(line);
  expect(parts.slice(1).some((part) => part.startsWith('```js\n  line'))).toBe(true);
});

test('keeps every part within the limit and loses nothing but blanks, whatever is written', () => {
  const pieces = fc.constantFrom(
    'a',
    'word',
    ' ',
    '\n',
    '\n\n',
    '```\n',
    '\n```js\n',
    '🍊',
    '👨‍👩‍👧‍👦',
    '가나다',
    'é',
    '\t',
  );
  fc.assert(
    fc.property(fc.array(pieces, {maxLength: 120}), (written) => {
      const text = written.join('');
      const parts = splitText(text, 40);
      for (const part of parts) {
        expect(countChars(part)).toBeLessThanOrEqual(40);
        expect(part.isWellFormed()).toBe(true);
      }
      const letters = (value: string) => value.replaceAll(/\s|```(?:js)?/g, '');
      expect(letters(parts.join(''))).toBe(letters(text));
    }),
  );
});

test('takes a megabyte in a moment', () => {
  const startedAt = performance.now();
  splitText('longwordwithoutend'.repeat(60_000), 4_000);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});
