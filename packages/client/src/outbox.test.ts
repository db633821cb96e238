import fc from 'fast-check';
import {expect, test} from 'vitest';
import {CallError} from './call-error.ts';
import {
  Outbox,
  type OutboxDependencies,
  type OutboxEntry,
  type OutboxState,
  type SendResult,
} from './outbox.ts';
import type {ErrorCode} from './wire.ts';

const stored = (seq: number): SendResult => ({seq, rev: seq, createdAt: '', duplicate: false});
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** An outbox whose sends the test answers by hand, in the order in which they went out. */
function manual(state?: OutboxState) {
  const sent: {entry: OutboxEntry; answer: (outcome: SendResult | ErrorCode) => Promise<void>}[] = [];
  const pauses: {attempt: number; retryAfterMs: number | undefined}[] = [];
  const changed: string[] = [];
  const refused: string[] = [];
  const outbox = new Outbox(
    {
      deliver: (entry) =>
        new Promise((resolve, reject) => {
          const answer = (outcome: SendResult | ErrorCode) => {
            if (typeof outcome === 'string') reject(new CallError(outcome, {retryAfterMs: 70}));
            else resolve(outcome);
            return nextTurn();
          };
          sent.push({entry, answer});
        }),
      pause: async (attempt, retryAfterMs) => void pauses.push({attempt, retryAfterMs}),
      acknowledged: () => undefined,
      refused: ({entry, error}) => void refused.push(`${entry.clientId} ${error.code}`),
      changed: (roomId) => void changed.push(roomId),
    },
    state,
  );
  return {outbox, sent, pauses, changed, refused};
}

test('sends again with the same clientId until it is acknowledged', async () => {
  const {outbox, sent, pauses} = manual();
  outbox.start('me');
  const result = outbox.add('room', {text: 'hi'});

  await sent[0]!.answer('unavailable');
  await sent[1]!.answer('rate_limited');
  await sent[2]!.answer(stored(7));

  await expect(result).resolves.toEqual(stored(7));
  expect(new Set(sent.map(({entry}) => entry.clientId)).size).toBe(1);
  expect(pauses).toEqual([
    {attempt: 1, retryAfterMs: 70},
    {attempt: 2, retryAfterMs: 70},
  ]);
  expect(outbox.entries).toEqual([]);
});

test('has one send in flight per room, and lets no room wait for another', async () => {
  const {outbox, sent} = manual();
  outbox.start('me');
  for (const [roomId, text] of [
    ['a', 'a1'],
    ['a', 'a2'],
    ['b', 'b1'],
  ] as const)
    void outbox.add(roomId, {text});
  await nextTurn();
  expect(sent.map(({entry}) => entry.text)).toEqual(['a1', 'b1']);

  await sent[0]!.answer('overloaded');
  await sent[2]!.answer(stored(1));

  expect(sent.map(({entry}) => entry.text)).toEqual(['a1', 'b1', 'a1', 'a2']);
});

test('goes on with the next send after a definite refusal', async () => {
  const {outbox, sent} = manual();
  outbox.start('me');
  const refused = outbox.add('room', {text: 'first'});
  void outbox.add('room', {text: 'second'});

  await sent[0]!.answer('forbidden');

  await expect(refused).rejects.toMatchObject({code: 'forbidden'});
  expect(sent[1]?.entry.text).toBe('second');
});

test('gives up at the fifth internal error, other failures in between not counted', async () => {
  const {outbox, sent} = manual();
  outbox.start('me');
  const result = outbox.add('room', {text: 'poison'});

  for (const [index, code] of (
    ['internal', 'internal', 'unavailable', 'internal', 'internal'] as const
  ).entries()) {
    await sent[index]!.answer(code);
  }
  expect(outbox.entries).toHaveLength(1);
  await sent[5]!.answer('internal');

  await expect(result).rejects.toMatchObject({code: 'internal'});
});

test('waits offline, and goes on with the connection', async () => {
  const {outbox, sent} = manual();
  const result = outbox.add('room', {text: 'written on the train'});
  await nextTurn();
  expect(sent).toEqual([]);

  outbox.start('me');
  await nextTurn();
  outbox.stop();
  await sent[0]!.answer('unavailable');
  expect(sent).toHaveLength(1);
  outbox.start('me');
  await nextTurn();
  await sent[1]!.answer(stored(3));

  await expect(result).resolves.toEqual(stored(3));
});

test('outlives the program as plain data, and keeps clientIds and order', async () => {
  const first = manual();
  first.outbox.start('me');
  void first.outbox.add('room', {text: 'one'});
  void first.outbox.add('room', {text: 'two', replyTo: 4});
  const state = JSON.parse(JSON.stringify(first.outbox.export())) as OutboxState;

  const second = manual(state);
  second.outbox.start('me');
  await nextTurn();
  await second.sent[0]!.answer(stored(1));

  expect(second.sent.map(({entry}) => [entry.text, entry.replyTo])).toEqual([
    ['one', undefined],
    ['two', 4],
  ]);
  expect(second.sent[0]!.entry.clientId).toBe(first.sent[0]!.entry.clientId);
});

test('sends nothing under the name of another user', async () => {
  const {outbox, sent} = manual({userId: 'me', entries: []});
  const result = outbox.add('room', {text: 'mine'});

  outbox.start('someone else');
  await nextTurn();

  await expect(result).rejects.toMatchObject({code: 'unauthenticated'});
  expect(sent).toEqual([]);
});

test('takes back what is not in flight', async () => {
  const {outbox, sent} = manual();
  outbox.start('me');
  const clientId = '0190a000-0000-4000-8000-000000000001';
  void outbox.add('room', {text: 'first'});
  const second = outbox.add('room', {text: 'second', clientId});
  await nextTurn();

  expect(outbox.remove(sent[0]!.entry.clientId)).toBe(false);
  expect(outbox.remove(clientId)).toBe(true);

  await expect(second).rejects.toMatchObject({code: 'conflict'});
  await sent[0]!.answer(stored(1));
  expect(sent).toHaveLength(1);
});

test('refuses more than it is meant to hold', () => {
  const {outbox} = manual();
  for (let index = 0; index < 1_000; index += 1) void outbox.add('room', {text: `${index}`});

  expect(() => outbox.add('room', {text: 'one too many'})).toThrow(
    expect.objectContaining({code: 'overloaded'}),
  );
});

type Outcome = {stores: boolean; code?: ErrorCode};
const outcomes: Outcome[] = [
  {stores: true},
  {stores: true},
  {stores: true, code: 'unavailable'},
  {stores: true, code: 'internal'},
  {stores: false, code: 'unavailable'},
  {stores: false, code: 'internal'},
  {stores: false, code: 'overloaded'},
  {stores: false, code: 'rate_limited'},
  {stores: false, code: 'forbidden'},
];

/** A server that finds duplicates by clientId, and whose answers may be lost after it has stored a message. */
function fakeServer(scheduler: fc.Scheduler, outcome: () => Outcome) {
  const rows: OutboxEntry[] = [];
  const deliver: OutboxDependencies['deliver'] = async (entry) => {
    await scheduler.schedule(Promise.resolve(), 'request');
    const {stores, code} = outcome();
    let seq = 1 + rows.findIndex(({clientId}) => clientId === entry.clientId);
    const duplicate = seq > 0;
    if (stores && !duplicate) seq = rows.push(entry);
    await scheduler.schedule(Promise.resolve(), 'answer');
    if (code !== undefined && !(duplicate && code === 'forbidden')) throw new CallError(code);
    if (seq === 0) throw new CallError('unavailable');
    return {...stored(seq), duplicate};
  };
  return {rows, deliver};
}

test('stores each send once and in order, however requests and answers are lost and connections come and go', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.constantFrom(...outcomes), {maxLength: 40}),
      fc.array(fc.constantFrom('a', 'b'), {minLength: 1, maxLength: 8}),
      fc.array(fc.boolean(), {maxLength: 6}),
      async (scheduler, script, rooms, connections) => {
        const server = fakeServer(scheduler, () => script.shift() ?? {stores: true});
        const outbox = new Outbox({
          deliver: server.deliver,
          pause: () => scheduler.schedule(Promise.resolve(), 'pause'),
          acknowledged: () => undefined,
          refused: () => undefined,
          changed: () => undefined,
        });
        const sends = rooms.map((roomId, index) => outbox.add(roomId, {text: `${index}`}));
        for (const online of connections) {
          void scheduler
            .schedule(Promise.resolve(), 'connection')
            .then(() => (online ? outbox.start('me') : outbox.stop()));
        }

        outbox.start('me');
        const settled = Promise.allSettled(sends);
        await scheduler.waitIdle();
        outbox.start('me');
        await scheduler.waitFor(settled);

        const texts = server.rows.map(({text}) => Number(text));
        expect(new Set(texts).size).toBe(texts.length);
        for (const roomId of ['a', 'b']) {
          const inRoom = texts.filter((index) => rooms[index] === roomId);
          expect(inRoom).toEqual(inRoom.toSorted((x, y) => x - y));
        }
        for (const [index, result] of (await settled).entries()) {
          if (result.status === 'fulfilled') expect(server.rows[result.value.seq - 1]?.text).toBe(`${index}`);
          else expect(['forbidden', 'internal']).toContain((result.reason as CallError).code);
        }
        expect(outbox.entries).toEqual([]);
      },
    ),
    {numRuns: 500},
  );
}, 60_000);

test('tells of a refusal for good, also of a send from an earlier life', async () => {
  const earlier = manual();
  const sentEarlier = earlier.outbox.add('room', {text: 'hi', clientId: 'kept'});
  const {outbox, sent, refused} = manual(earlier.outbox.export());
  outbox.start('me');

  await sent[0]!.answer('unavailable');
  expect(refused).toEqual([]);
  await sent[1]!.answer('forbidden');

  expect(refused).toEqual(['kept forbidden']);
  expect(outbox.entries).toEqual([]);
  earlier.outbox.clear(new CallError('unavailable'));
  await expect(sentEarlier).rejects.toThrow(CallError);
});

test('what a sender does with their object later changes no send, and freezing the entry freezes nothing of theirs', () => {
  const {outbox} = manual();
  const content = {text: 'hi', data: {order: {no: 1}}, attachmentIds: ['a']};

  void outbox.add('room', content);
  content.data.order.no = 2;
  content.attachmentIds.push('b');

  expect(outbox.entries).toMatchObject([{data: {order: {no: 1}}, attachmentIds: ['a']}]);
});
