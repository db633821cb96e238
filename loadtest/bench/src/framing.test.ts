import {expect, test} from 'vitest';
import {beginningOf, decodeEvent, isEvent, startsWith} from './framing.ts';

const packet = (text: string) => Buffer.from(text);

test('tells events from other packets by their first two bytes', () => {
  expect(isEvent(packet('42["a",{}]'))).toBe(true);
  for (const text of ['', '4', '0{"sid":"a"}', '2', '40{"sid":"a"}', '430[{}]', '41']) {
    expect(isEvent(packet(text)), text).toBe(false);
  }
});

test('recognises an event by its beginning before it is parsed', () => {
  const event = packet('42["room:log",{"after":0}]');

  expect(startsWith(event, beginningOf('room:log'))).toBe(true);
  expect(startsWith(event, beginningOf('room:left'))).toBe(false);
  expect(startsWith(packet('42'), beginningOf('room:log'))).toBe(false);
  expect(decodeEvent(event)).toMatchObject({name: 'room:log', payload: {after: 0}});
});
