import fc from 'fast-check';
import {expect, test} from 'vitest';
import {Timeline, type Applied, type SyncRequest} from './timeline.ts';
import {FakeLog, me, message, roomId, state} from '../test/log.ts';
import type {Entry, Frame} from './wire.ts';

const frame = (after: number, head: number, change: Partial<Frame> = {}): Frame => {
  const revs = Array.from({length: head - after}, (_, index) => after + 1 + index);
  const entries = revs.map((rev) => ({rev, type: 'message' as const, message: message(rev)}));
  return {roomId, epoch: 'a', after, head, entries, ...change};
};
const seqs = (timeline: Timeline) => timeline.messages.map(({seq}) => seq);
const at = (rev: number) => new Timeline(roomId, {epoch: 'a', rev}, me);

test('applies a live frame that continues the cursor, and ignores it the second time', () => {
  const timeline = at(3);

  const first = timeline.apply(frame(3, 5));
  const second = timeline.apply(frame(3, 5));

  expect(first.messages.map(({seq}) => seq)).toEqual([4, 5]);
  expect(second.frames).toEqual([]);
  expect(timeline.cursor).toEqual({epoch: 'a', rev: 5});
});

test('takes only the new part of a frame that overlaps the cursor', () => {
  const timeline = at(4);

  const applied = timeline.apply(frame(2, 6));

  expect(applied.messages.map(({seq}) => seq)).toEqual([5, 6]);
  expect(applied.entries.map(({rev}) => rev)).toEqual([5, 6]);
});

test('asks from the cursor after a gap, and takes the early frame once the gap is filled', () => {
  const timeline = at(3);

  timeline.apply(frame(5, 7));
  expect(timeline.needsSync).toBe(true);
  const request = timeline.syncRequest();
  const applied = timeline.applySync(frame(3, 6), request);

  expect(request).toEqual({roomId, epoch: 'a', after: 3});
  expect(applied.frames).toHaveLength(2);
  expect(seqs(timeline)).toEqual([4, 5, 6, 7]);
  expect(timeline.needsSync).toBe(false);
});

test('asks again for what it learned of while the answer was under way', () => {
  const timeline = at(3);
  timeline.apply(frame(5, 6));
  const request = timeline.syncRequest();
  timeline.apply(frame(8, 9));

  timeline.applySync(frame(3, 6), request);

  expect(timeline.cursor.rev).toBe(6);
  expect(timeline.needsSync).toBe(true);
});

test('asks again while an answer has more', () => {
  const timeline = at(0);
  timeline.applySync(frame(0, 2, {more: true}), timeline.syncRequest());

  expect(timeline.needsSync).toBe(true);
  timeline.applySync(frame(2, 4), timeline.syncRequest());
  expect(timeline.needsSync).toBe(false);
});

test('drops everything at a reset, and loads history again', () => {
  const timeline = at(0);
  timeline.apply(frame(0, 3));
  timeline.apply(frame(9, 10, {epoch: 'b'}));

  const reset = frame(2, 2, {epoch: 'b', reset: true});
  const applied = timeline.applySync(reset, timeline.syncRequest());

  expect(applied.reset).toBe(true);
  expect(timeline.messages).toEqual([]);
  expect(timeline.cursor).toEqual({epoch: 'b', rev: 2});
  expect(timeline.hasEarlier).toBe(true);
});

test('shows the messages of a rejoin that the reset frame brings', () => {
  const timeline = at(4);

  timeline.applySync(frame(8, 10, {reset: true}), timeline.syncRequest());

  expect(seqs(timeline)).toEqual([9, 10]);
});

test('keeps the highest rev of a message whatever comes last', () => {
  const timeline = at(0);
  timeline.apply(frame(0, 2));
  const edited = {...message(2), rev: 3, text: 'edited'};

  timeline.apply(frame(2, 3, {entries: [{rev: 3, type: 'edit', message: edited}]}));
  timeline.applyHistory(timeline.historyRequest(), {messages: [message(2)], more: false});

  expect(timeline.messages.at(-1)?.text).toBe('edited');
});

test('counts an edit of a message it never saw as a new message, and a deletion not', () => {
  const timeline = at(0);
  const edited = {...message(1), rev: 3, text: 'edited'};
  const deleted = {...message(2), rev: 4, text: '', deletedAt: 'now'};

  const applied = timeline.applySync(
    frame(0, 4, {
      entries: [
        {rev: 3, type: 'edit', message: edited},
        {rev: 4, type: 'delete', message: deleted},
      ],
    }),
    timeline.syncRequest(),
  );

  expect(applied.messages).toEqual([edited]);
  expect(seqs(timeline)).toEqual([1, 2]);
});

test('shows no message from before its history until the pages in between are loaded', () => {
  const timeline = at(10);
  const old = {...message(2), rev: 11, text: 'edited'};
  timeline.apply(
    frame(10, 12, {
      entries: [
        {rev: 11, type: 'edit', message: old},
        {rev: 12, type: 'message', message: message(12)},
      ],
    }),
  );
  expect(seqs(timeline)).toEqual([12]);

  timeline.applyHistory(timeline.historyRequest(), {messages: [message(9), message(8)], more: true});
  expect(seqs(timeline)).toEqual([8, 9, 12]);

  timeline.applyHistory(timeline.historyRequest(), {messages: [message(2), message(1)], more: false});
  expect(seqs(timeline)).toEqual([1, 2, 8, 9, 12]);
  expect(timeline.messages[1]?.text).toBe('edited');
  expect(timeline.hasEarlier).toBe(false);
});

test('ignores a page of history that was asked for before a reset', () => {
  const timeline = at(5);
  const request = timeline.historyRequest();
  timeline.applySync(frame(5, 5, {epoch: 'b', reset: true}), timeline.syncRequest());

  timeline.applyHistory(request, {messages: [message(4)], more: false});

  expect(timeline.messages).toEqual([]);
});

test('stays at its cursor when joining finds the room further on, and asks for what lies between', () => {
  const timeline = at(5);

  const wasReset = timeline.applyState(state({head: 8, joinedAt: 1}), 'joined');

  expect(wasReset).toBe(false);
  expect(timeline.cursor.rev).toBe(5);
  expect(timeline.needsSync).toBe(true);
});

test('starts at the head after joining again, since what lies between was not for this user', () => {
  const timeline = at(5);

  expect(timeline.applyState(state({head: 9, joinedAt: 8}), 'joined')).toBe(true);
  expect(timeline.cursor.rev).toBe(9);
  expect(timeline.needsSync).toBe(false);
});

test('shows a send as pending until the log brings it, in either order with the acknowledgement', () => {
  const entry = {
    roomId,
    clientId: message(6).clientId,
    text: 'hi',
    createdAt: '',
    attempts: 0,
    failures: 0,
    state: 'queued',
  } as const;

  const ackFirst = at(5);
  ackFirst.setPending([entry]);
  ackFirst.acknowledge(entry, 6);
  ackFirst.setPending([]);
  expect(ackFirst.pending.map(({state: kind}) => kind)).toEqual(['sent']);
  ackFirst.apply(frame(5, 6));
  expect(ackFirst.pending).toEqual([]);

  const logFirst = at(5);
  logFirst.setPending([entry]);
  logFirst.apply(frame(5, 6));
  expect(logFirst.pending).toEqual([]);
  logFirst.acknowledge(entry, 6);
  logFirst.setPending([]);
  expect(logFirst.pending).toEqual([]);

  const userLast = new Timeline(roomId, {epoch: 'a', rev: 5});
  userLast.setPending([entry]);
  userLast.apply(frame(5, 6));
  expect(userLast.pending).toEqual([entry]);
  userLast.setUser(me);
  expect(userLast.pending).toEqual([]);
});

test('lets go of the oldest messages of a long life, and offers them as history', () => {
  const timeline = at(0);

  for (let rev = 0; rev < 6_000; rev += 100) timeline.apply(frame(rev, rev + 100));

  expect(timeline.messages.length).toBeLessThan(5_600);
  expect(timeline.messages.at(-1)?.seq).toBe(6_000);
  expect(timeline.hasEarlier).toBe(true);
  expect(timeline.historyRequest().before).toBe(timeline.messages[0]?.seq);
});

const kinds = [
  ...([
    'write',
    'write',
    'write',
    'edit',
    'react',
    'react',
    'delete',
    'rejoin',
    'rejoinUnheard',
    'restore',
    'state',
  ] as const),
  ...([
    'deliver',
    'deliver',
    'deliver',
    'repeat',
    'lose',
    'ask',
    'ask',
    'answer',
    'answer',
    'loseAnswer',
  ] as const),
  ...(['askHistory', 'answerHistory'] as const),
];
const steps = fc.array(fc.record({kind: fc.constantFrom(...kinds), at: fc.nat(1_000)}), {
  maxLength: 60,
  size: 'max',
});
/** What shows a reader at the end of the log that it is behind. Answers to earlier requests may follow it. */
const endings = fc.constantFrom('frame', 'state', 'reconnect');

test('shows what the log says, whatever was lost, repeated, reordered or reset on the way', () => {
  fc.assert(
    fc.property(steps, endings, (list, ending) => {
      const log = new FakeLog();
      const timeline = new Timeline(roomId, log.cursor, me);
      const wire: Frame[] = [];
      const answers: {request: SyncRequest; frame: Frame}[] = [];
      const pages: (() => void)[] = [];
      const shown = new Set<string>();
      const show = ({messages}: Applied) => {
        const names = messages.map(({seq}) => `${timeline.cursor.epoch}/${seq}`);
        expect(names.filter((name) => shown.has(name))).toEqual([]);
        for (const name of names) shown.add(name);
      };
      const ask = (limit: number) => {
        const request = timeline.syncRequest();
        answers.push({request, frame: log.sync(request, limit)});
      };
      const answer = (index: number) => {
        const taken = pick(answers, index);
        if (taken !== undefined) show(timeline.applySync(taken.frame, taken.request));
      };
      const run: Record<(typeof kinds)[number], (index: number) => void> = {
        write: () => void wire.push(log.write()),
        edit: (index) => void wire.push(...log.edit(index)),
        react: (index) => void wire.push(...log.react(index)),
        delete: (index) => void wire.push(...log.delete(index)),
        rejoin: () => void timeline.applyState(log.rejoin(), 'joined'),
        rejoinUnheard: () => void log.rejoin(),
        restore: (index) => log.restore(index),
        state: (index) => void timeline.applyState(log.state(), index % 2 === 0 ? 'session' : 'joined'),
        deliver: (index) =>
          void pick(wire, index % 4 === 0 ? index : 0, (frame) => show(timeline.apply(frame))),
        repeat: (index) => void (wire.length > 0 && show(timeline.apply(wire[index % wire.length]!))),
        lose: (index) => void pick(wire, index),
        ask: (index) => ask(1 + (index % 5)),
        answer,
        loseAnswer: (index) => void pick(answers, index),
        askHistory: (index) => {
          const request = timeline.historyRequest(1 + (index % 5));
          const page = log.history(request, timeline.cursor.epoch);
          pages.push(() => timeline.applyHistory(request, page));
        },
        answerHistory: (index) => pick(pages, index)?.(),
      };

      for (const {kind, at: index} of list) run[kind](index);
      if (ending === 'frame') show(timeline.apply(log.write()));
      else timeline.applyState(log.state(), 'session');
      if (ending === 'reconnect') ask(3);
      while (answers.length > 0) answer(0);
      for (let asked = 0; timeline.needsSync; asked += 1) {
        expect(asked).toBeLessThan(100);
        ask(3);
        answer(0);
      }
      while (timeline.hasEarlier) {
        const request = timeline.historyRequest(4);
        timeline.applyHistory(request, log.history(request, timeline.cursor.epoch));
      }

      expect(timeline.cursor).toEqual(log.cursor);
      expect(timeline.messages).toEqual(log.messages);
    }),
    {numRuns: 10_000},
  );
  // This takes about a second, unless the machine is busy with other tests.
}, 60_000);

function pick<Item>(items: Item[], index: number, use?: (item: Item) => void): Item | undefined {
  const [item] = items.splice(index % Math.max(1, items.length), 1);
  if (item !== undefined) use?.(item);
  return item;
}

test("shows one's own reaction at once, and as the server says it in the end", () => {
  const timeline = at(3);
  timeline.apply(frame(3, 4));
  const shown = () => timeline.messages[0]?.annotations?.reactions ?? [];
  const thumb = (change: {count: number; by: string[]; mine?: true}) => ({emoji: '👍', ...change});
  const told = (rev: number, count: number, by: string[]): Frame => ({
    ...frame(rev - 1, rev),
    entries: [{rev, type: 'annotation', seq: 4, annotations: {reactions: [thumb({count, by})]}}],
  });

  const settle = timeline.react({seq: 4, emoji: '👍', on: true});
  expect(shown()).toEqual([thumb({count: 1, by: [me], mine: true})]);
  timeline.apply(told(5, 1, ['other']));
  expect(shown()).toEqual([thumb({count: 2, by: [me, 'other'], mine: true})]);
  settle({rev: 6, annotations: {reactions: [thumb({count: 2, by: [me, 'other'], mine: true})]}});
  timeline.apply(told(6, 2, [me, 'other']));
  expect(shown()).toEqual([thumb({count: 2, by: [me, 'other'], mine: true})]);
  expect(timeline.messages[0]).toMatchObject({rev: 6, text: 'message 4'});

  timeline.react({seq: 4, emoji: '👍', on: false})();
  expect(shown()).toEqual([thumb({count: 2, by: [me, 'other'], mine: true})]);
  const takeBack = timeline.react({seq: 4, emoji: '👍', on: false});
  expect(shown()).toEqual([thumb({count: 1, by: ['other']})]);
  takeBack({rev: 7, annotations: {}});
  expect(timeline.messages[0]).not.toHaveProperty('annotations');
});

test("an answer that the log has passed still says which reactions are one's own", () => {
  const timeline = at(3);
  timeline.apply(frame(3, 4));
  const by = ['b', 'c', 'd', 'e', 'f'];
  const entry = (rev: number, count: number): Entry => ({
    rev,
    type: 'annotation',
    seq: 4,
    annotations: {reactions: [{emoji: '👍', count, by}]},
  });
  const settle = timeline.react({seq: 4, emoji: '👍', on: true});

  timeline.apply({...frame(4, 6), entries: [entry(6, 7)]});
  settle({rev: 5, annotations: {reactions: [{emoji: '👍', count: 6, by: [me, ...by.slice(1)], mine: true}]}});
  timeline.apply({...frame(6, 7), entries: [entry(7, 8)]});

  expect(timeline.messages[0]?.annotations?.reactions).toEqual([{emoji: '👍', count: 8, by, mine: true}]);
});

test('takes in what was put on a message while its page of history was on its way', () => {
  const timeline = at(9);
  const request = timeline.historyRequest();

  timeline.apply({
    ...frame(9, 10),
    entries: [
      {rev: 10, type: 'annotation', seq: 8, annotations: {reactions: [{emoji: '👍', count: 1, by: [me]}]}},
    ],
  });
  timeline.applyHistory(request, {messages: [message(9), message(8)], more: false});

  expect(timeline.messages).toMatchObject([{seq: 8, rev: 10, annotations: {}}, {seq: 9}]);
  expect(timeline.messages[0]?.annotations?.reactions?.[0]?.mine).toBe(true);
});

test('lets old messages go, but not the history that was asked for', () => {
  const timeline = at(20_000);
  const page = (from: number, to: number) => ({
    messages: Array.from({length: to - from}, (_, index) => message(to - 1 - index)),
    more: true,
  });
  for (let before = 20_001; before > 12_001; before -= 200) {
    timeline.applyHistory(timeline.historyRequest(200), page(before - 200, before));
  }

  timeline.apply(frame(20_000, 20_001));
  const afterOne = seqs(timeline)[0];
  timeline.apply(frame(20_001, 40_000));

  expect(afterOne).toBe(12_001);
  expect(timeline.messages).toHaveLength(13_000);
});

test('a live annotation waits for the last page, which has the text that its message got before', () => {
  const timeline = at(1);
  timeline.apply(frame(1, 2));
  const entries = (...seqs: number[]) =>
    seqs.map((seq) => ({rev: seq, type: 'message' as const, message: message(seq)}));
  const pinned = {by: me, at: '2026-01-01T00:00:00.000Z'};
  // Rev 3 edits message 2, and rev 6 pins it.
  timeline.apply({
    roomId,
    epoch: 'a',
    after: 5,
    head: 6,
    entries: [{rev: 6, type: 'annotation', seq: 2, annotations: {pinned}}],
  });
  const first = timeline.syncRequest();
  timeline.applySync({roomId, epoch: 'a', after: 2, head: 5, entries: entries(4, 5), more: true}, first);
  expect(timeline.cursor.rev).toBe(5);
  const edited = {...message(2), rev: 6, text: 'edited', annotations: {pinned}};
  const second = timeline.syncRequest();
  timeline.applySync(
    {roomId, epoch: 'a', after: 5, head: 6, entries: [{rev: 6, type: 'edit', message: edited}]},
    second,
  );

  expect(timeline.messages[0]).toEqual(edited);
  expect(timeline.needsSync).toBe(false);
});

test('counts the replies of a thread beyond what history says, each once', () => {
  const timeline = at(10);
  const reply = (seq: number) => ({...message(seq), threadOf: 3});
  const request = timeline.historyRequest();
  const said = (rev: number) => ({rev, type: 'message' as const, message: reply(rev)});
  timeline.apply({roomId, epoch: 'a', after: 10, head: 11, entries: [said(11)]});
  const root = {...message(3), thread: {replies: 2, lastSeq: 9}};
  timeline.applyHistory(request, {messages: [reply(9), reply(8), root], more: false});
  const thread = () => timeline.messages.find(({seq}) => seq === 3)?.thread;

  expect(thread()).toEqual({replies: 3, lastSeq: 11});
  timeline.apply({roomId, epoch: 'a', after: 11, head: 12, entries: [said(12)]});
  timeline.apply({roomId, epoch: 'a', after: 11, head: 12, entries: [said(12)]});
  expect(thread()).toEqual({replies: 4, lastSeq: 12});
  const deleted = {...reply(12), rev: 13, text: '', deletedAt: '2026-01-01T00:00:00.000Z'};
  timeline.apply({
    roomId,
    epoch: 'a',
    after: 12,
    head: 13,
    entries: [{rev: 13, type: 'delete', message: deleted}],
  });
  const edited = {...message(3), rev: 14, text: 'edited'};
  timeline.apply({
    roomId,
    epoch: 'a',
    after: 13,
    head: 14,
    entries: [{rev: 14, type: 'edit', message: edited}],
  });
  expect(timeline.messages[0]).toMatchObject({text: 'edited', thread: {replies: 4, lastSeq: 12}});
  timeline.apply({
    roomId,
    epoch: 'a',
    after: 14,
    head: 15,
    entries: [{rev: 15, type: 'message', message: {...message(15), threadOf: 11}}],
  });
  expect(timeline.messages.at(-2)).not.toHaveProperty('thread');
});
