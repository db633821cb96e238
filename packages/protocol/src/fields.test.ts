import {expect, test} from 'vitest';
import {displayName, newRoomPassword, productName, shownText, text, time, username} from './fields.ts';

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

test.each([
  'प्रियंका',
  'สุดารัตน์',
  'علی\u200cرضا',
  'ئه\u200cحمه\u200cد',
  'മോഹന്\u200d',
  'ක්\u200dෂිති',
  'ශ්\u200dරී',
  'ক্\u200dষমা',
  'র\u200d্যাম',
  'ᠨᠠᠷᠠᠨ\u180eᠠ',
  'ᠠ\u180b',
  'ကျော်',
  'မျိုးမြင့်',
  'བསྒྲུབས',
  'ស្រីមុំ',
  'שָּׁלוֹם',
  'Nguyễn',
  '미나',
  'Li',
])('%s is a name, and a sign-in name', (name) => {
  expect(displayName.parse(name)).toBe(name.normalize('NFC'));
  expect(username.parse(name)).toBe(name.normalize('NFC'));
});

test.each([
  ['a non-joiner between letters that are never joined', 'd\u200cx'],
  ['a non-joiner behind a letter that joins nothing', 'دا\u200cر'],
  ['two joiners', 'علی\u200c\u200cرضا'],
  ['a joiner behind a letter with its vowel', 'क\u200dमल'],
  ['a joiner at the beginning', '\u200dक्मल'],
  ['a Mongolian selector behind another letter', 'a\u180b'],
  ['a Mongolian separator at the end', 'ᠨᠠ\u180e'],
  ['four marks on a letter', `Z${'\u0334'.repeat(4)}`],
  ['four marks, one of which becomes part of the letter', `a${'\u0301'.repeat(4)}`],
  ['a mark at the beginning', '\u0301a'],
  ['a mark on a blank', 'a \u0301'],
  ['a null notehead', 'a\u{1d159}'],
])('a name has not %s', (_what, name) => {
  expect(takes(displayName, name)).toBe(false);
  expect(takes(username, name)).toBe(false);
});

test('a letter may have three marks', () => {
  expect(takes(displayName, `a${'\u0301'.repeat(3)}`)).toBe(true);
});

test('a sign-in name has two characters at least, and a customer of a product up to 64', () => {
  expect(takes(username, 'x')).toBe(false);
  expect(takes(displayName, '가'.repeat(33))).toBe(false);
  expect(takes(productName, '가'.repeat(64))).toBe(true);
  expect(takes(productName, '가'.repeat(65))).toBe(false);
});

test('a new password of a room has four characters at least', () => {
  expect(takes(newRoomPassword, '482')).toBe(false);
  expect(takes(newRoomPassword, '4829')).toBe(true);
});

test.each([
  '\u2800',
  '\u3164',
  '\u200b',
  '\u202e',
  ' \t\n',
  '\ufe0f\u200d',
  '\u00ad\u00a0',
  '\u{e0041}',
  '\u{13441}\u{13442}',
])('%j shows nothing, so it is no message', (blank) => {
  expect(takes(shownText(1, 100), blank)).toBe(false);
  expect(takes(shownText(1, 100), blank.repeat(20))).toBe(false);
  expect(takes(shownText(1, 100), `${blank}.`)).toBe(true);
  expect(takes(displayName, blank)).toBe(false);
});

test('an emoji alone is a message', () => {
  for (const text of ['❤️', '👨‍👩‍👧', '1️⃣']) expect(shownText(1, 100).parse(text)).toBe(text);
});

test('a time may have an offset, and is in UTC from then on', () => {
  expect(time.parse('2026-11-28T20:10:00+09:00')).toBe('2026-11-28T11:10:00.000Z');
  expect(time.parse('2026-11-28T11:10:00.123456Z')).toBe('2026-11-28T11:10:00.123Z');
});

test.each([
  '2026-11-28',
  '2026-11-28T20:10:00',
  '2026-02-30T20:10:00Z',
  '2026-11-28T20:10:00+25:00',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00+09:00',
  '9999-12-31T23:59:59-01:00',
  '2026-11-28 20:10:00Z',
  'infinity',
])('%s is no time', (value) => {
  expect(takes(time, value)).toBe(false);
});
