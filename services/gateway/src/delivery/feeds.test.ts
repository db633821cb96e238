import type {Frame} from '@madang/protocol/log';
import {createLogger} from '@madang/runtime/log';
import {createMetrics} from '@madang/runtime/metrics';
import {expect, test, vi} from 'vitest';
import {createGatewayMetrics} from '../metrics.ts';
import type {EncodedEvent} from './encoded-event.ts';
import {Feeds} from './feeds.ts';

function setUp({isUp = true, ping = async (): Promise<unknown> => 'PONG'} = {}) {
  const hosted: string[] = [];
  const readLog = vi.fn<(roomId: string, after: number) => Promise<Frame>>();
  const feeds = new Feeds({
    adapter: () =>
      ({
        addAll: (_id: string, [socketRoom]: Set<string>) => hosted.push(`+${socketRoom}`),
        del: (_id: string, socketRoom: string) => hosted.push(`-${socketRoom}`),
      }) as never,
    redis: {isUp: () => isUp, subscriber: {ping}},
    readLog,
    isFresh: () => true,
    gapWaitMs: () => 100,
    check: () => undefined,
    readMemberships: async () => ({
      epoch: '2.1',
      head: 7,
      members: {ada: {joinedAt: 3, shownFrom: 3}, cay: {joinedAt: 1, shownFrom: 1}},
    }),
    readStandings: async () => [
      {roomId: 'r', userId: 'ada', standing: {joinedAt: 1, shownFrom: 1, may: ['send']}},
    ],
    onEphemeral: () => undefined,
    metrics: createGatewayMetrics(createMetrics(), 'test'),
    log: createLogger({name: 'test', level: 'silent'}),
  });
  return {feeds, hosted, readLog};
}

test('hosts a room once, and for as long as anyone hears it or is about to', () => {
  const {feeds, hosted} = setUp();
  const [ada, ben] = [feeds.host('r').begin('ada'), feeds.host('r').begin('ben')];
  const feed = feeds.get('r')!;

  feed.end(ada);
  expect(feeds.get('r')).toBe(feed);
  feed.end(ben);

  expect(feeds.size).toBe(0);
  expect(hosted).toEqual(['+room:r', '-room:r']);
});

test('keeps a room that was hosted again when a reading of its former feed comes late', async () => {
  const {feeds, hosted, readLog} = setUp();
  const read = Promise.withResolvers<Frame>();
  readLog.mockReturnValueOnce(read.promise);
  const former = feeds.host('r');
  const pending = former.begin('ada');
  former.open('1.1', 0);
  const repaired = former.repair();
  former.end(pending);
  const next = feeds.host('r');
  next.begin('ada');

  const room = {closedAt: '2026-01-01T00:00:00.000Z'} as never;
  read.resolve({roomId: 'r', epoch: '1.1', after: 0, head: 1, entries: [{rev: 1, type: 'room', room}]});
  await repaired;

  expect(feeds.get('r')).toBe(next);
  expect(hosted).toEqual(['+room:r', '-room:r', '+room:r']);
});

test('lets a replaced log go on where its members were looked at, without those who are none by it', async () => {
  const {feeds, readLog} = setUp();
  const feed = feeds.host('r');
  const listenerOf = (userId: string) => ({
    id: userId,
    userId,
    show: ({packet}: EncodedEvent) => void shown.push(`${userId} ${packet}`),
    emit: () => undefined,
    leaveRoom: vi.fn<(roomId: string, leftAt: number, reason: string) => void>(),
    subscriptions: {showMembership: vi.fn<(roomId: string) => Promise<void>>()},
  });
  const shown: string[] = [];
  const [ada, ben, cay] = [listenerOf('ada'), listenerOf('ben'), listenerOf('cay')];
  const pending = feed.begin('ada');
  feed.open('1.1', 9);
  feed.add(ada, 1, 0);
  feed.add(ben, 1, 0);
  feed.add(cay, 1, 0);
  feed.end(pending);
  ben.leaveRoom.mockImplementation(() => feed.remove(ben));
  readLog.mockResolvedValue({roomId: 'r', epoch: '2.1', after: 0, head: 7, entries: []});

  await feed.repair().catch(() => undefined);
  await vi.waitFor(() => expect(feed.epoch).toBe('2.1'));

  expect(feed.joinedAt('ada')).toBe(3);
  expect(ben.leaveRoom).toHaveBeenCalledExactlyOnceWith('r', 0, 'removed');
  expect(feed.position).toBe(7);
  const restarted = /"epoch":"2.1","after":7,"head":7/;
  expect(shown).toEqual(['ada', 'cay'].map(() => expect.stringMatching(restarted)));
  // Only the membership of the first began where the feed did not pass: its client may have left in between.
  expect(ada.subscriptions.showMembership).toHaveBeenCalledExactlyOnceWith('r');
  expect(cay.subscriptions.showMembership).not.toHaveBeenCalled();
});

test('shows members what the rules of now say, once those have changed', async () => {
  const {feeds} = setUp();
  const feed = feeds.host('r');
  const shown: string[] = [];
  const ada = {
    id: 'ada',
    userId: 'ada',
    show: ({packet}: EncodedEvent) => void shown.push(packet),
    emit: () => undefined,
    leaveRoom() {},
    subscriptions: {showMembership: async () => undefined},
  };
  feed.begin('ada');
  feed.open('1.1', 5);
  feed.add(ada, 1, 4);
  const edit = (rev: number) => {
    const entry = {rev, type: 'edit', message: {seq: 2}} as never;
    feed.receive({roomId: 'r', epoch: '1.1', after: rev - 1, head: rev, entries: [entry]});
    return shown.at(-1)!.includes('"type":"edit"');
  };
  expect(edit(6)).toBe(false);
  const before = feeds.rules;

  await feeds.restand(new Set(['ben']));
  expect([edit(7), feeds.rules > before]).toEqual([false, true]);
  await feeds.restand(new Set(['ada']));

  expect(edit(8)).toBe(true);
});

test('tells a client what its user may do in a room once that is not what it was told', async () => {
  const {feeds} = setUp();
  const feed = feeds.host('r');
  const told: unknown[] = [];
  const ada = (id: string) => ({
    id,
    userId: 'ada',
    show: () => undefined,
    emit: (...event: unknown[]) => void told.push([id, ...event]),
    leaveRoom() {},
    subscriptions: {showMembership: async () => undefined},
  });
  feed.begin('ada');
  feed.open('1.1', 5);
  feed.add(ada('tab'), 1, 1, ['send', 'edit']);
  feed.add(ada('phone'), 1, 1, ['send']);

  await feeds.restand(new Set(['ada']));
  await feeds.restand(new Set(['ada']));
  expect(told).toEqual([['tab', 'room:may', {roomId: 'r', may: ['send']}]]);

  feed.add(ada('tab'), 1, 1, ['edit']);
  feed.add(ada('phone'), 1, 1);
  await feeds.restand(new Set(['ada']));
  expect(told.slice(1)).toEqual([['tab', 'room:may', {roomId: 'r', may: ['send']}]]);
});

test('waits a second at most for Redis to confirm its channels, and not at all while it is down', async () => {
  vi.useFakeTimers();
  const hanging = setUp({ping: () => new Promise(() => undefined)}).feeds;
  const done = vi.fn<() => void>();

  void hanging.confirm().then(done);
  await vi.advanceTimersByTimeAsync(999);
  expect(done).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(done).toHaveBeenCalled();
  await setUp({isUp: false, ping: () => new Promise(() => undefined)}).feeds.confirm();
  await setUp({ping: () => Promise.reject(new Error('closed'))}).feeds.confirm();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});
