import {expect, test} from 'vitest';
import {mentionsOf} from './mentions.ts';

const people = [
  {id: 'hangyeol', name: '김한결'},
  {id: 'kim', name: 'Kim'},
  {id: 'kimberly', name: 'Kimberly Ann'},
];
const idsIn = (text: string) => mentionsOf(text, people).mentions;

test('mentions those whose name stands after an @, in the order of the text', () => {
  expect(idsIn('@Kim and @김한결님, 안녕하세요')).toEqual(['kim', 'hangyeol']);
  expect(idsIn('@Kimberly Ann, look')).toEqual(['kim', 'kimberly']);
  expect(idsIn('@김한결'.normalize('NFD'))).toEqual(['hangyeol']);
  expect(idsIn('Kim and 김한결')).toBeUndefined();
  expect(idsIn('@nobody')).toBeUndefined();
});

test('what stands in code mentions nobody', () => {
  expect(mentionsOf('`@Kim` and ```\n@room\n```', people)).toEqual({});
  expect(idsIn('`@Kim` and @Kim')).toEqual(['kim']);
});

test.each([
  ['@room, lunch!', 'room'],
  ['안녕하세요 @here', 'here'],
  ['(@room)', 'room'],
  ['@rooms', undefined],
  ['mail@room.example', undefined],
  ['@Here', undefined],
])('%s notifies %s', (text, notify) => {
  expect(mentionsOf(text, people).notify).toBe(notify);
});

test('mentions as many as a message may', () => {
  const crowd = Array.from({length: 60}, (_, no) => ({id: `id-${no}`, name: `n${no}.`}));
  expect(mentionsOf(crowd.map(({name}) => `@${name}`).join(' '), crowd).mentions).toHaveLength(50);
});
