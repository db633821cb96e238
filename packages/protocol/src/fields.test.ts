import {expect, test} from 'vitest';
import {displayName, text, username} from './fields.ts';

const takes = (field: {safeParse(value: string): {success: boolean}}, value: string) =>
  field.safeParse(value).success;

test('a name has no character that does not show, so that none looks like another', () => {
  // Soft hyphen, grapheme joiner, Arabic mark, Hangul and Khmer fillers, zero width, separators, braille blank,
  // variation selector, annotation, Khitan filler, tag, musical control, BOM.
  const unseen = [
    0xad, 0x34f, 0x61c, 0x115f, 0x17b4, 0x180e, 0x200b, 0x2028, 0x2060, 0x2800, 0x3164, 0xfe0f, 0xfff9,
    0x16fe4, 0xe0041, 0x1d173, 0xfeff,
  ].map((code) => String.fromCodePoint(code));

  for (const character of unseen) {
    const code = character.codePointAt(0)?.toString(16);
    expect.soft(takes(displayName, `k${character}im`), code).toBe(false);
    expect.soft(takes(username, `k${character}im`), code).toBe(false);
  }
});

test('an emoji of several characters may stand in a name', () => {
  expect(displayName.parse('❤️ 👨‍👩‍👧 🇰🇷')).toBe('❤️ 👨‍👩‍👧 🇰🇷');
});

test('a character is a code point, counted in the form that is kept', () => {
  expect(takes(displayName, '👍'.repeat(32))).toBe(true);
  expect(takes(displayName, '👍'.repeat(33))).toBe(false);
  expect(displayName.parse(` ${'가'.repeat(32).normalize('NFD')} `)).toBe('가'.repeat(32));
  expect(takes(displayName, '   ')).toBe(false);
  expect(takes(text(1, 4), '👍👍👍👍')).toBe(true);
  expect(takes(text(1, 4), '👍👍👍👍👍')).toBe(false);
});
