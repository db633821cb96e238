import {expect, test} from 'vitest';
import {parseWhisper} from './whisper-command.ts';

test('takes a name and a text', () => {
  expect(parseWhisper('/w bob hello there\nfriend')).toEqual({name: 'bob', text: 'hello there\nfriend'});
  expect(parseWhisper('/w 민아 안녕')).toEqual({name: '민아', text: '안녕'});
});

test('takes a name of several words in quotation marks', () => {
  expect(parseWhisper('/w "Mina Kim" hello')).toEqual({name: 'Mina Kim', text: 'hello'});
});

test('says when something is missing, so that it is never sent to the room', () => {
  for (const input of ['/w', '/w bob', '/w  ', '/w bob   ']) expect(parseWhisper(input)).toBe('incomplete');
});

test('leaves other texts alone', () => {
  for (const input of ['hello', 'a /w bob x', '/who', '/write x y'])
    expect(parseWhisper(input)).toBeUndefined();
});
