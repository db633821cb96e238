import {gzipSync} from 'node:zlib';
import {expect, test} from 'vitest';
import {cutEmoji} from '../../../emoji-data.ts';
import {emojiCalled, findEmoji, readEmoji} from './emoji.ts';

const english = readEmoji(cutEmoji('en'));
const korean = readEmoji(cutEmoji('ko'));

test('all emoji are there in groups, in the spelling for interchange', () => {
  for (const groups of [english, korean]) {
    expect(groups.length).toBe(8);
    expect(groups.flat().length).toBeGreaterThan(1_800);
    expect(groups.flat().filter(({emoji}) => !/^\p{RGI_Emoji}$/v.test(emoji))).toEqual([]);
  }
});

test('they are found by name in both languages, the best first', () => {
  const first = (groups: typeof english, query: string) => findEmoji(groups, query, 1)[0]?.emoji;
  expect(first(english, 'thumbs_up')).toBe('👍');
  expect(first(english, '+1')).toBe('👍');
  expect(first(english, 'red he')).toBe('❤️');
  expect(first(korean, '올린 엄지')).toBe('👍');
  expect(first(korean, '좋아')).toBeDefined();
  expect(findEmoji(english, 'no such thing', 5)).toEqual([]);
});

test('only a whole name is the name of one', () => {
  expect(emojiCalled(english, 'thumbs_up')?.emoji).toBe('👍');
  expect(emojiCalled(english, 'thumbs_u')).toBeUndefined();
  expect(emojiCalled(korean, '따봉')?.emoji).toBe('👍');
});

test('each language fits into a part of 45 KiB', () => {
  for (const language of ['en', 'ko']) expect(gzipSync(cutEmoji(language)).length).toBeLessThan(44 * 1024);
});
