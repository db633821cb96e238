import type {Membership} from '@madang/database/rooms/membership';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createReadMarks} from './read-marks.ts';

const member = {
  tenantId: 't',
  roomId: 'room',
  userId: 'ann',
  role: 'member',
  joinedAt: 1,
  readSeq: 3,
} as Membership;

let written: number[];
let told: {to: unknown; payload: unknown; except?: string}[];
let marks: ReturnType<typeof createReadMarks>;

beforeEach(() => {
  vi.useFakeTimers();
  written = [];
  told = [];
  marks = createReadMarks({
    write: async (_member, seq) => {
      written.push(seq);
      return {readSeq: Math.max(...written), unread: 10 - Math.max(...written)};
    },
    broadcast: {emit: (to, _event, payload, except) => void told.push({to, payload, except})},
  });
});
afterEach(async () => {
  await marks.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

test('writes the first mark at once, and those of the next second in one write of the highest', async () => {
  expect(await marks.mark(member, 4, 'a')).toEqual({readSeq: 4, unread: 6});

  const later = Promise.all([5, 7, 6].map((seq) => marks.mark(member, seq, 'b')));
  expect(written).toEqual([4]);
  await vi.advanceTimersByTimeAsync(1_000);

  expect(await later).toEqual([7, 7, 7].map((readSeq) => ({readSeq, unread: 3})));
  expect(written).toEqual([4, 7]);
});

test('tells the other devices of the user, and only when the mark has moved', async () => {
  await marks.mark(member, 4, 'a');
  await marks.mark({...member, roomId: 'other', readSeq: 9}, 2, 'a');

  expect(told).toEqual([{to: {user: 'ann'}, payload: {roomId: 'room', readSeq: 4, unread: 6}, except: 'a'}]);
});

test('keeps users and rooms apart', async () => {
  await Promise.all([
    marks.mark(member, 4),
    marks.mark({...member, userId: 'bob'}, 5),
    marks.mark({...member, roomId: 'other'}, 6),
  ]);

  expect(written).toEqual([4, 5, 6]);
});

test('gives every waiting caller the failure of its write, and writes again afterwards', async () => {
  await marks.close();
  let isDown = false;
  marks = createReadMarks({
    write: async (_member, seq) => {
      if (isDown) throw new Error('down');
      return {readSeq: seq, unread: 0};
    },
    broadcast: {emit: () => {}},
  });
  await marks.mark(member, 4);
  isDown = true;
  const waiting = [marks.mark(member, 5), marks.mark(member, 6)].map((mark) =>
    expect(mark).rejects.toThrow('down'),
  );
  await vi.advanceTimersByTimeAsync(1_000);
  await Promise.all(waiting);
  isDown = false;
  await vi.advanceTimersByTimeAsync(1_000);

  expect(await marks.mark(member, 6)).toEqual({readSeq: 6, unread: 0});
});

test('writes what waits before it closes', async () => {
  await marks.mark(member, 4);
  const waiting = marks.mark(member, 5);
  await marks.close();

  expect(await waiting).toEqual({readSeq: 5, unread: 5});
});
