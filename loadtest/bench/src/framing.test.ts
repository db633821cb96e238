import {expect, test} from 'vitest';
import {beginningOf, decodeAnswer, decodeEvent, encodeCall, kindOf, startsWith} from './framing.ts';

const packet = (text: string) => Buffer.from(text);

test('tells packets apart by their first two bytes', () => {
  const kinds = [
    '0{"sid":"a"}',
    '2',
    '40{"sid":"a"}',
    '44{"message":"no"}',
    '42["a",{}]',
    '430[{}]',
    '41',
    '1',
  ];

  expect(kinds.map((text) => kindOf(packet(text)))).toEqual([
    'open',
    'ping',
    'connected',
    'refused',
    'event',
    'answer',
    'ending',
    'ending',
  ]);
  expect(kindOf(packet(''))).toBe('other');
});

test('writes a call as Socket.IO does, and reads the answer to it', () => {
  expect(encodeCall('message', {text: 'a [1]'}, 12)).toBe('4212["message",{"text":"a [1]"}]');
  expect(decodeAnswer(packet('4312[{"ok":true,"data":[1]}]'))).toEqual({
    id: 12,
    value: {ok: true, data: [1]},
  });
});

test('recognises an event by its beginning before it is parsed', () => {
  const event = packet('42["room:log",{"after":0}]');

  expect(startsWith(event, beginningOf('room:log'))).toBe(true);
  expect(startsWith(event, beginningOf('room:left'))).toBe(false);
  expect(startsWith(packet('42'), beginningOf('room:log'))).toBe(false);
  expect(decodeEvent(event)).toEqual({event: 'room:log', payload: {after: 0}});
});
