import type {Entry, Frame} from '@madang/protocol/log';
import {ChatError} from '@madang/protocol/errors';
import {createLogger} from '@madang/runtime/log';
import {createMetrics} from '@madang/runtime/metrics';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {createGatewayMetrics} from '../metrics.ts';
import type {EncodedEvent} from './encoded-event.ts';
import {Feed, type FeedListener} from './feed.ts';

const roomId = 'room';
const gapWaitMs = 100;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A feed at `head` over a log that the test writes. The test decides which frames the feed gets. */
function setUp({head = 0, opened = true, pageEntries = Infinity} = {}) {
  const postgres = {epoch: '1.1', head, entries: [] as Entry[], reads: 0, isAway: false};
  /** The frames that any of them was shown, each once. */
  const shown: Frame[] = [];
  let last: EncodedEvent | undefined;
  const told: string[] = [];
  const state = {
    isFresh: true,
    checked: [] as string[],
    isEmpty: false,
    replaced: 0,
    attending: [] as string[],
  };
  const feed = new Feed(roomId, {
    async readLog(_roomId, after) {
      postgres.reads += 1;
      if (postgres.isAway) throw new ChatError('unavailable');
      const {epoch, entries} = postgres;
      const above = entries.filter(({rev}) => rev > after);
      const page = above.slice(0, pageEntries);
      const more = page.length < above.length;
      return frameOf({
        epoch,
        after: Math.min(after, postgres.head),
        head: more ? page.at(-1)!.rev : postgres.head,
        entries: page,
        ...(more && {more}),
      });
    },
    isFresh: () => state.isFresh,
    gapWaitMs: () => gapWaitMs,
    check: (roomId) => void state.checked.push(roomId),
    onReplaced: () => void (state.replaced += 1),
    onEphemeral: (_roomId, userIds) => void state.attending.push(...userIds),
    onEmpty: () => void (state.isEmpty = true),
    metrics: createGatewayMetrics(createMetrics(), 'test'),
    log: createLogger({name: 'test', level: 'silent'}),
  });
  if (opened) feed.open(postgres.epoch, head);

  /** Commits one more change and returns its frame. */
  function commit(type: Entry['type'], userId?: string): Frame {
    return write(entryOf(postgres.head + 1, type, userId));
  }

  function write(entry: Entry): Frame {
    postgres.head = entry.rev;
    postgres.entries.push(entry);
    return frameOf({epoch: postgres.epoch, after: entry.rev - 1, head: entry.rev, entries: [entry]});
  }

  function listen(userId: string, joinedAt = 1, shownFrom = 0): FeedListener {
    const listener: FeedListener = {
      id: `socket of ${userId}`,
      userId,
      show(event) {
        if (event !== last) shown.push((JSON.parse(event.packet.slice(1)) as [string, Frame])[1]);
        last = event;
      },
      emit: () => undefined,
      subscriptions: {showMembership: async () => undefined},
      leaveRoom: (_roomId, leftAt, reason) =>
        void told.push(`${userId} ${reason} at ${leftAt}, heard ${heard()}`),
    };
    feed.add(listener, joinedAt, shownFrom);
    return listener;
  }

  const heard = () => shown.flatMap(({entries}) => entries.map(({rev}) => rev)).join(' ');
  return {feed, postgres, shown, told, state, commit, write, listen, heard};
}

const frameOf = (frame: Omit<Frame, 'roomId'>): Frame => ({roomId, ...frame});

function entryOf(rev: number, type: Entry['type'], userId = 'ada'): Entry {
  const user = {id: userId, kind: 'account', name: userId, color: '#000000'} as const;
  if (type === 'left') return {rev, type, user, reason: 'removed'};
  if (type === 'room') return {rev, type, room: {closedAt: '2026-01-01T00:00:00.000Z'}} as Entry;
  return {rev, type, message: {seq: rev, createdAt: '2026-01-01T00:00:00.000Z'}} as Entry;
}

test('shows every rev once and in order, however frames arrive', async () => {
  const {feed, commit, listen, heard, shown, postgres} = setUp();
  listen('ada');
  const [one, two, three] = [commit('message'), commit('message'), commit('message')];

  for (const frame of [three, one, one, two, three]) feed.receive(frame);

  expect(heard()).toBe('1 2 3');
  expect(shown.map(({after, head}) => [after, head])).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
  ]);
  await vi.advanceTimersByTimeAsync(gapWaitMs);
  expect(postgres.reads).toBe(0);
});

test('shows no change of a message from before the seq from which on a user is shown the room, and the rev all the same', () => {
  const {feed, write, listen, shown} = setUp({head: 9});
  const [all, late] = [listen('ada'), listen('ben', 5, 5)];
  const seen = new Map<string, string[]>();
  for (const listener of [all, late]) {
    listener.show = ({packet}) => {
      const [, frame] = JSON.parse(packet.slice(1)) as [string, Frame];
      const revs = frame.entries.map(({rev}) => rev).join(' ');
      seen.set(listener.userId, [
        ...(seen.get(listener.userId) ?? []),
        `${frame.after}-${frame.head}: ${revs}`,
      ]);
    };
  }
  const change = (rev: number, type: Entry['type'], seq: number) =>
    ({rev, type, message: {seq, createdAt: '2026-01-01T00:00:00.000Z'}}) as Entry;

  feed.receive(write({rev: 10, type: 'annotation', seq: 4, annotations: {}}));
  const entries = [change(11, 'delete', 3), change(12, 'edit', 5), change(13, 'message', 13)];
  for (const entry of entries) write(entry);
  feed.receive(frameOf({epoch: '1.1', after: 10, head: 13, entries}));

  expect(seen.get('ada')).toEqual(['9-10: 10', '10-13: 11 12 13']);
  expect(seen.get('ben')).toEqual(['9-10: ', '10-13: 12 13']);
  expect(shown).toEqual([]);
});

test('reads what did not arrive within the gap wait, once for all frames behind it', async () => {
  const {feed, commit, listen, heard, postgres} = setUp();
  listen('ada');
  commit('message');
  for (let no = 0; no < 5; no += 1) feed.receive(commit('message'));

  await vi.advanceTimersByTimeAsync(gapWaitMs - 1);
  expect(heard()).toBe('');
  await vi.advanceTimersByTimeAsync(1);

  expect(heard()).toBe('1 2 3 4 5 6');
  expect(postgres.reads).toBe(1);
});

test('shows nothing live between two pages, since an annotation may belong to a message of the next one', async () => {
  const {feed, write, listen, shown, postgres} = setUp({pageEntries: 1});
  listen('ada');
  const message = (seq: number) => ({seq, createdAt: '2026-01-01T00:00:00.000Z'});
  // The message 1 has its entry at its last change, which others hear as an annotation.
  write({rev: 2, type: 'message', message: message(2)} as Entry);
  write({rev: 3, type: 'edit', message: message(1)} as Entry);
  const read = feed.repair();
  postgres.isAway = true;
  await read.catch(() => undefined);
  const annotation: Entry = {rev: 3, type: 'annotation', seq: 1, annotations: {}};
  feed.receive(frameOf({epoch: '1.1', after: 2, head: 3, entries: [annotation]}));

  await vi.advanceTimersByTimeAsync(2 * gapWaitMs);
  expect(shown.flatMap(({entries}) => entries.map(({type}) => type))).toEqual(['message']);
  postgres.isAway = false;
  await vi.advanceTimersByTimeAsync(gapWaitMs);

  expect(shown.flatMap(({entries}) => entries.map((entry) => entry.message?.seq))).toEqual([2, 1]);
});

test('tries again while Postgres is away, and then misses nothing', async () => {
  const {feed, commit, listen, heard, postgres} = setUp();
  listen('ada');
  commit('message');
  feed.receive(commit('message'));

  postgres.isAway = true;
  await vi.advanceTimersByTimeAsync(5 * gapWaitMs);
  expect(heard()).toBe('');
  postgres.isAway = false;
  await vi.advanceTimersByTimeAsync(gapWaitMs);

  expect(heard()).toBe('1 2');
});

test('shows nothing while it may be stale, and all of it in order afterwards', async () => {
  const {feed, commit, listen, heard, state} = setUp();
  listen('ada');
  state.isFresh = false;
  feed.receive(commit('message'));
  feed.receive(commit('message'));
  expect(heard()).toBe('');

  state.isFresh = true;
  feed.resume();

  expect(heard()).toBe('1 2');
});

test('takes out who has left exactly at the rev of leaving, also when the frame that said so was lost', async () => {
  const {feed, commit, listen, heard, told} = setUp();
  listen('ada');
  listen('ben');
  feed.receive(commit('message'));
  commit('message');
  commit('left', 'ben');
  feed.receive(commit('message'));

  await vi.advanceTimersByTimeAsync(gapWaitMs);

  expect(told).toEqual(['ben removed at 3, heard 1 2']);
  expect(feed.hears('ben')).toBe(false);
  expect(heard()).toBe('1 2 3 4');
});

test('keeps who has joined again since', () => {
  const {feed, commit, listen, told} = setUp({head: 4});
  listen('ada');
  listen('ben', 6);

  feed.receive(commit('left', 'ben'));

  expect(told).toEqual([]);
  expect(feed.hears('ben')).toBe(true);
});

test('tells a subscription under way that its membership has ended', () => {
  const {feed, commit} = setUp();
  const pending = feed.begin('ben');

  feed.receive(commit('left', 'ben'));

  expect(pending.left).toEqual({leftAt: 1, reason: 'removed'});
});

test('takes everyone out behind the entry that closes the room', () => {
  const {feed, commit, listen, told, state} = setUp();
  listen('ada');
  listen('ben');

  feed.receive(commit('room'));

  expect(told).toEqual(['ada closed at 2, heard 1', 'ben closed at 2, heard 1']);
  expect(state.isEmpty).toBe(true);
});

test('says who is there when the room becomes ephemeral, who is about to hear it included', () => {
  const {feed, write, listen, state} = setUp();
  listen('ada');
  feed.begin('ben');

  feed.receive(write({rev: 1, type: 'room', room: {ephemeral: true}} as Entry));

  expect(state.attending).toEqual(['ada', 'ben']);
});

test('drops a frame of another epoch and has Postgres asked', () => {
  const {feed, listen, shown, state} = setUp();
  listen('ada');

  feed.receive(frameOf({epoch: '2.1', after: 0, head: 1, entries: [entryOf(1, 'message')]}));

  expect(shown).toEqual([]);
  expect(state.checked).toEqual([feed.roomId]);
});

test('shows nothing of a replaced log before its listeners were checked, also to those who subscribe meanwhile', async () => {
  const {feed, listen, postgres, shown, state, commit, heard} = setUp({head: 9});
  listen('ada');
  postgres.epoch = '2.1';
  postgres.head = 5;
  await feed.repair();
  expect(state.replaced).toBe(1);

  feed.begin('ben');
  feed.open(postgres.epoch, postgres.head);
  feed.receive(commit('message'));
  expect(shown).toEqual([]);

  feed.restart('2.1', 5);
  expect(shown[0]).toEqual({roomId, epoch: '2.1', after: 5, head: 5, entries: []});
  expect(heard()).toBe('6');
});

test('does not wait behind a frame whose log was lost', async () => {
  const {feed, listen, postgres, commit, heard} = setUp();
  listen('ada');
  feed.receive(frameOf({epoch: '1.1', after: 7, head: 8, entries: [entryOf(8, 'message')]}));

  await vi.advanceTimersByTimeAsync(20 * gapWaitMs);
  expect(postgres.reads).toBe(1);

  for (let rev = 1; rev <= 7; rev += 1) feed.receive(commit('message'));
  expect(heard()).toBe('1 2 3 4 5 6 7');
});

test('does not wait for a rev that Postgres has lost', async () => {
  const {feed, listen, postgres, state} = setUp();
  listen('ada');

  await expect(feed.reach(3)).rejects.toMatchObject({code: 'unavailable'});

  expect(postgres.reads).toBeLessThanOrEqual(2);
  expect(state.checked).toEqual([feed.roomId]);
});

test('reaches a rev that was committed after the reading already on its way', async () => {
  const {feed, listen, commit, heard} = setUp();
  listen('ada');
  const early = feed.repair();
  commit('message');
  commit('message');

  await feed.reach(2);
  await early;

  expect(heard()).toBe('1 2');
});

test('learns that its log was replaced while an earlier read was under way', async () => {
  const {feed, listen, postgres, state} = setUp();
  listen('ada');
  const early = feed.repair();
  postgres.epoch = '2.1';

  await feed.repair();
  await early;

  expect(state.replaced).toBe(1);
});

test('ends with its last listener and its last subscription under way', () => {
  const {feed, listen, state} = setUp();
  const ada = listen('ada');
  const pending = feed.begin('ben');

  feed.remove(ada);
  expect(state.isEmpty).toBe(false);
  feed.end(pending);

  expect(state.isEmpty).toBe(true);
});

test('a feed that has closed reads no gap any more, also where one was being read meanwhile', async () => {
  const {feed, postgres, state, commit, listen} = setUp();
  const listener = listen('ann');
  commit('message');
  feed.receive(commit('message'));
  await vi.advanceTimersByTimeAsync(gapWaitMs / 2);
  const reading = feed.repair();
  feed.receive(frameOf({epoch: postgres.epoch, after: 5, head: 6, entries: []}));

  feed.remove(listener);
  await reading;
  await vi.advanceTimersByTimeAsync(2 * gapWaitMs);

  expect([state.isEmpty, feed.isOpen, postgres.reads]).toEqual([true, false, 1]);
  expect(vi.getTimerCount()).toBe(0);
});
