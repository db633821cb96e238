import type {Frame} from '@madang/protocol/log';
import {expect, test} from 'vitest';
import {Reader} from './reader.ts';

const entry = (rev: number) =>
  ({rev, type: 'message', message: {seq: rev, text: `${rev}`}}) as unknown as Frame['entries'][number];
const frame = (after: number, head: number, more: Partial<Frame> = {}): Frame => ({
  roomId: 'room',
  epoch: 'a',
  after,
  head,
  entries: Array.from({length: head - after}, (_, index) => entry(after + index + 1)),
  ...more,
});

function reader() {
  const heard: string[] = [];
  const breaches: string[] = [];
  const made = new Reader({
    message: ({text}) => void heard.push(text),
    misordered: (detail) => void breaches.push(detail),
  });
  const live = (next: Frame, isCatchingUp = false) => made.live(next, {isCatchingUp});
  return {made, live, heard, breaches};
}

test('takes each message once, in order, where frames overlap or come twice', () => {
  const {made, live, heard, breaches} = reader();

  expect(made.state({epoch: 'a', head: 2})).toBe(false);
  for (const next of [frame(1, 2), frame(2, 3), frame(2, 5), frame(4, 5)]) expect(live(next)).toBe(false);

  expect(heard).toEqual(['3', '4', '5']);
  expect(breaches).toEqual([]);
});

test('asks for what a gap left out, and calls it a breach only of someone who was not catching up', () => {
  const {made, live, heard, breaches} = reader();
  made.state({epoch: 'a', head: 2});

  expect(live(frame(4, 5), true)).toBe(true);
  expect(breaches).toEqual([]);
  expect(live(frame(4, 5))).toBe(true);
  expect(breaches).toHaveLength(1);
  expect(made.answer(frame(2, 4, {more: true}))).toBe(true);
  expect(made.answer(frame(4, 5))).toBe(false);
  expect(heard).toEqual(['3', '4', '5']);
});

test('comes back where it was, and hears what it missed once', () => {
  const {made, live, heard} = reader();
  made.state({epoch: 'a', head: 2});
  live(frame(2, 3));

  made.answer(frame(3, 6));
  expect(made.state({epoch: 'a', head: 6})).toBe(false);
  expect(made.state({epoch: 'a', head: 7})).toBe(true);

  expect(heard).toEqual(['3', '4', '5', '6']);
  expect(made.cursor).toEqual({epoch: 'a', rev: 6});
});

test('starts over where a log was replaced', () => {
  const {made, live, heard} = reader();
  made.state({epoch: 'a', head: 9});

  expect(live(frame(1, 2, {epoch: 'b'}))).toBe(true);
  made.answer(frame(1, 2, {epoch: 'b', reset: true}));
  expect(live(frame(2, 3, {epoch: 'b'}))).toBe(false);

  expect(heard).toEqual(['2', '3']);
});

test('notes entries out of order, and above what their frame covers', () => {
  const {made, live, breaches} = reader();
  made.state({epoch: 'a', head: 0});

  live(frame(0, 2, {entries: [entry(2), entry(1)]}));
  live(frame(2, 3, {entries: [entry(4)]}));

  expect(breaches).toEqual(['rev 1 after 2 in (0, 2]', 'rev 4 after 2 in (2, 3]']);
});
