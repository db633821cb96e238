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

let written: (number | string)[];
let signalled: unknown[];
let told: {to: unknown; payload: unknown; except?: string}[];
let marks: ReturnType<typeof createReadMarks>;

beforeEach(() => {
  vi.useFakeTimers();
  written = [];
  signalled = [];
  told = [];
  marks = createReadMarks({
    write: async (_member, seq) => {
      written.push(seq);
      const readSeq = Math.max(...written.map(Number));
      return {readSeq, unread: 10 - readSeq, items: seq === 6 ? 1 : 0};
    },
    writeBack: async (_member, seq) => {
      written = [`back ${seq}`];
      return {readSeq: seq - 1, unread: 11 - seq, items: 0};
    },
    broadcast: {
      emit: (to, _event, payload, except) => void told.push({to, payload, except}),
      signal: (signal) => void signalled.push(signal),
    },
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
      return {readSeq: seq, unread: 0, items: 0};
    },
    writeBack: async (_member, seq) => ({readSeq: seq - 1, unread: 1, items: 0}),
    broadcast: {emit: () => {}, signal: () => {}},
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

test('marks back at once, drops the marks that wait, and tells the other devices', async () => {
  await marks.mark(member, 7, 'a');
  const waiting = marks.mark(member, 9, 'a');

  const back = await marks.back(member, 5, 'a');

  expect(back).toEqual({readSeq: 4, unread: 6});
  expect(await waiting).toEqual(back);
  expect(told.at(-1)).toEqual({
    to: {user: 'ann'},
    payload: {roomId: 'room', readSeq: 4, unread: 6},
    except: 'a',
  });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(written).toEqual(['back 5']);
});

test('marks back only after the mark that is being written', async () => {
  await marks.close();
  const order: string[] = [];
  const {promise, resolve} = Promise.withResolvers<void>();
  marks = createReadMarks({
    async write(_member, seq) {
      await promise;
      order.push('forward');
      return {readSeq: seq, unread: 0, items: 0};
    },
    async writeBack(_member, seq) {
      order.push('back');
      return {readSeq: seq - 1, unread: 1, items: 0};
    },
    broadcast: {emit: () => {}, signal: () => {}},
  });
  const forward = marks.mark(member, 7);
  const back = marks.back(member, 5);
  resolve();
  await Promise.all([forward, back]);

  expect(order).toEqual(['forward', 'back']);
});

test('lets all devices know which inbox items a mark has read', async () => {
  await marks.mark(member, 6, 'a');

  expect(signalled).toEqual([{kind: 'notified', userIds: ['ann']}]);
});
