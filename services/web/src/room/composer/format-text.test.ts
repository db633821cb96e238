import {expect, test} from 'vitest';
import {parseMarkdown} from '../message/markdown.ts';
import {formatText, nameAddress, type Change, type Format} from './format-text.ts';

function applied(text: string, {from, to, text: next}: Change): string {
  return text.slice(0, from) + next + text.slice(to);
}

test.each([
  ['bold', 'a word b', 2, 6, 'a **word** b'],
  ['italic', 'a word b', 2, 6, 'a _word_ b'],
  ['struck', 'a word b', 2, 6, 'a ~~word~~ b'],
  ['code', 'a word b', 2, 6, 'a `word` b'],
  ['bold', 'a word b', 1, 7, 'a **word** b'],
  ['bold', 'a **word** b', 4, 8, 'a word b'],
  ['link', 'a word b', 2, 6, 'a [word](https://) b'],
  ['quote', 'one\ntwo', 1, 5, '> one\n> two'],
  ['quote', '> one\n> two', 0, 11, 'one\ntwo'],
  ['list', 'one\ntwo', 4, 7, 'one\n- two'],
  ['code', 'x one\ntwo', 2, 9, 'x \n```\none\ntwo\n```\n'],
] as const)('%s of "%s"', (format: Format, text, from, to, wanted) => {
  expect(applied(text, formatText({text, from, to}, format))).toBe(wanted);
});

test('the words stay selected, so that another format can follow', () => {
  const text = 'a word b';
  const {selectFrom, selectTo, ...change} = formatText({text, from: 2, to: 6}, 'bold');
  expect(applied(text, {...change, selectFrom, selectTo}).slice(selectFrom, selectTo)).toBe('word');
});

test('an address that is pasted on words gets their name', () => {
  const text = 'see the plan now';
  const change = nameAddress({text, from: 4, to: 12}, 'https://a.example/x_(y)')!;
  expect(applied(text, change)).toBe('see [the plan](https://a.example/x_%28y%29) now');
  expect(parseMarkdown(applied(text, change))[1]).toMatchObject({kind: 'named'});
});

test('anything else is pasted as it is', () => {
  const text = 'see the plan now';
  expect(nameAddress({text, from: 4, to: 12}, 'two words')).toBeUndefined();
  expect(nameAddress({text, from: 4, to: 12}, 'https://a.example and more')).toBeUndefined();
  expect(nameAddress({text, from: 4, to: 4}, 'https://a.example')).toBeUndefined();
  expect(nameAddress({text: 'https://b.example', from: 0, to: 17}, 'https://a.example')).toBeUndefined();
});
