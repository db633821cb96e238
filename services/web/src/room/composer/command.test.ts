import {expect, test} from 'vitest';
import {asTyped, parseTyped} from './command.ts';

test('takes a name and a text to whisper', () => {
  const bob = {kind: 'whisper', name: 'bob', text: 'hello there\nfriend'};
  for (const slash of ['/w', '/W', '／w'])
    expect(parseTyped(`${slash} bob hello there\nfriend`)).toEqual(bob);
  expect(parseTyped('  /w 민아 안녕 ')).toEqual({kind: 'whisper', name: '민아', text: '안녕'});
});

test('takes a name of several words in quotation marks', () => {
  expect(parseTyped('/w "Mina Kim" hello')).toEqual({kind: 'whisper', name: 'Mina Kim', text: 'hello'});
});

test('says when something is missing, so that it is never sent to the room', () => {
  for (const input of ['/w', '/w bob', '/w  ', '/w bob   ', '／W'])
    expect(parseTyped(input)).toEqual({kind: 'incomplete'});
});

test('knows a command that there is none of, so that it is never sent to the room either', () => {
  const commands = [
    '/whisper joon x',
    '/who',
    '/wbob hi',
    '/귓속말 민아 안녕',
    '/msg',
    '／me waves',
    '/w:bob hi',
  ];
  for (const input of commands) expect(parseTyped(input).kind).toBe('unknown');
  expect(parseTyped('/whisper joon x')).toEqual({kind: 'unknown', command: '/whisper'});
});

test('says what begins with a second slash, without it', () => {
  expect(parseTyped('//whisper is no command')).toEqual({kind: 'say', text: '/whisper is no command'});
  expect(parseTyped('//w bob x')).toEqual({kind: 'say', text: '/w bob x'});
});

test('leaves other texts alone', () => {
  const texts = [
    'hello',
    'a /w bob x',
    '/etc/hosts is a file',
    '/',
    '/ x',
    '// a comment',
    '//cdn.example/x',
    '/notes.txt',
    '1/2',
  ];
  for (const text of texts) expect(parseTyped(text)).toEqual({kind: 'say', text});
});

test('types a text so that it is said again as it was', () => {
  for (const text of ['hello', '/who', '/w bob x', '//who', '///who', '// a', '/etc/hosts', '/w'])
    expect(parseTyped(asTyped(text))).toEqual({kind: 'say', text});
});
