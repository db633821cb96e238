import {expect, test} from 'vitest';
import {pageOf, seqOf} from './room-address.ts';

test('a message is in the page of its room', () => {
  expect(pageOf('/rooms/a-1/12')).toBe('/rooms/a-1');
  for (const path of ['/rooms/a-1', '/lobby', '/rooms', '/rooms/a/x', '/whispers/a/1'])
    expect(pageOf(path)).toBe(path);
});

test('only a whole number from 1 is that of a message', () => {
  expect(seqOf('12')).toBe(12);
  for (const text of [undefined, '', '0', '-1', '1.5', 'x', '1e3', '9'.repeat(20)])
    expect(seqOf(text)).toBeUndefined();
});
