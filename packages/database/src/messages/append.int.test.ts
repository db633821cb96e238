import type {Frame} from '@madang/protocol/log';
import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {createAppender, type AppenderOptions} from './append.ts';
import {toCall} from './append-batch.ts';
import {readLog} from '../delivery/log.ts';
import {removeMember, leaveRoom, updateMember} from '../rooms/members.ts';
import {closeRoom} from '../rooms/rooms.ts';
import {createWorld, silent, until} from '../../test/fixtures.ts';

const world = await createWorld();
const {db, account, room, item, join, member, query} = world;

function appender(options: Partial<AppenderOptions> = {}) {
  return world.closing(
    createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 20_000, ...options}),
  );
}

/** A room with its owner and one more member. */
async function pair() {
  const [owner, other] = [await account(), await account()];
  const {id} = await room(owner.id);
  await join(id, other.id);
  return {id, owner, other, asOwner: await member(id, owner.id), asOther: await member(id, other.id)};
}

async function storedTexts(roomId: string) {
  const rows = await query<{text: string}>('select text from messages where room_id = $1 order by seq', [
    roomId,
  ]);
  return rows.map(({text}) => text);
}

test('stores a message with the next rev and announces it before it is acknowledged', async () => {
  const {id, owner} = await pair();
  const frames: Frame[] = [];
  const {append} = appender({onCommitted: (committed) => frames.push(...committed)});

  const first = await append(item(id, owner.id, 'one'));
  expect(frames).toHaveLength(1);
  const second = await append({...item(id, owner.id, 'two'), replyTo: first.seq});

  expect(first).toMatchObject({seq: 1, rev: 1, duplicate: false});
  expect(second).toMatchObject({seq: 2, rev: 2, duplicate: false});
  const log = await readLog(db, {roomId: id, after: 0, limit: 100});
  expect(log.entries).toEqual(frames.flatMap(({entries}) => entries));
  expect(log).toMatchObject({after: 0, head: 2, epoch: first.epoch});
});

test('gives one gap-free order to many senders on several nodes', async () => {
  const {id, owner, other} = await pair();
  const frames: Frame[] = [];
  const nodes = [1, 2, 3].map(() => appender({onCommitted: (committed) => frames.push(...committed)}));

  const results = await Promise.all(
    Array.from({length: 300}, (_, no) =>
      nodes[no % 3]!.append(item(id, no % 2 ? owner.id : other.id, `message ${no}`)),
    ),
  );

  expect(results.map(({seq}) => seq).sort((a, b) => a - b)).toEqual(
    Array.from({length: 300}, (_, no) => no + 1),
  );
  const inOrder = frames.sort((a, b) => a.after - b.after);
  expect(inOrder.map(({after}) => after)).toEqual([0, ...inOrder.slice(0, -1).map(({head}) => head)]);
});

test('keeps the order in which items of a room were given', async () => {
  const {id, owner} = await pair();
  const {append} = appender({batchItems: 7});

  await Promise.all(Array.from({length: 100}, (_, no) => append(item(id, owner.id, String(no)))));

  expect(await storedTexts(id)).toEqual(Array.from({length: 100}, (_, no) => String(no)));
});

test('stores one message for a clientId that is sent twenty times at once from three nodes', async () => {
  const {id, owner} = await pair();
  const nodes = [appender(), appender(), appender()];
  const message = item(id, owner.id);

  const results = await Promise.all(Array.from({length: 20}, (_, no) => nodes[no % 3]!.append(message)));

  expect(new Set(results.map(({seq}) => seq))).toEqual(new Set([1]));
  expect(new Set(results.map(({createdAt}) => createdAt)).size).toBe(1);
  expect(results.filter(({duplicate}) => duplicate)).toHaveLength(19);
  expect(await storedTexts(id)).toEqual(['hello']);
});

test('of copies in one batch the first that may be stored is, and later ones are its duplicates', async () => {
  const {id, owner} = await pair();
  const {append} = appender();
  const message = item(id, owner.id);

  const [refused, stored, copy] = await Promise.allSettled([
    append({...message, replyTo: 9}),
    append(message),
    append(message),
  ]);

  expect(refused).toMatchObject({status: 'rejected', reason: {code: 'invalid'}});
  expect(stored).toMatchObject({value: {seq: 1, duplicate: false}});
  expect(copy).toMatchObject({value: {seq: 1, duplicate: true}});
  expect(await storedTexts(id)).toEqual(['hello']);
});

test('keeps apart the same clientId of two senders', async () => {
  const {id, owner, other} = await pair();
  const {append} = appender();
  const clientId = randomUUID();

  const mine = await append({...item(id, owner.id), clientId});
  const theirs = await append({...item(id, other.id), clientId});

  expect([mine.duplicate, theirs.duplicate]).toEqual([false, false]);
});

test('answers a retry with the first result after leaving, a kick, a ban and the end of the room', async () => {
  const {id, owner, other, asOwner} = await pair();
  const {append} = appender();
  const message = item(id, other.id);
  const first = await append(message);
  const retry = async () => {
    const second = await append({...message, receivedAt: performance.now()});
    expect(second).toEqual({...first, duplicate: true});
  };

  await leaveRoom(db, await member(id, other.id));
  await retry();
  await join(id, other.id);
  await removeMember(db, asOwner, {userId: other.id});
  await retry();
  await updateMember(db, asOwner, {userId: other.id, banned: true});
  await retry();
  await append(item(id, owner.id));
  await closeRoom(db, asOwner);
  await retry();
});

test('refuses everyone who may not write, each with a code of their own', async () => {
  const {id, owner, other, asOwner} = await pair();
  const stranger = await account();
  const hidden = await room(owner.id, {visibility: 'private'});
  const {append} = appender();
  const send = (roomId: string, userId: string, extra: object = {}) =>
    append({...item(roomId, userId), ...extra});

  await expect(send(id, stranger.id)).rejects.toMatchObject({code: 'forbidden'});
  await expect(send(hidden.id, stranger.id)).rejects.toMatchObject({code: 'not_found'});
  await expect(send(randomUUID(), owner.id)).rejects.toMatchObject({code: 'not_found'});
  await expect(send(id, owner.id, {tenantId: randomUUID()})).rejects.toMatchObject({code: 'not_found'});
  await expect(send(id, owner.id, {replyTo: 17})).rejects.toMatchObject({code: 'invalid'});

  const mutedUntil = new Date(Date.now() + 60_000).toISOString();
  await updateMember(db, asOwner, {userId: other.id, mutedUntil});
  await expect(send(id, other.id)).rejects.toMatchObject({code: 'forbidden', details: {mutedUntil}});
  await updateMember(db, asOwner, {userId: other.id, mutedUntil: null});
  await expect(send(id, other.id)).resolves.toMatchObject({duplicate: false});

  await updateMember(db, asOwner, {userId: other.id, banned: true});
  await expect(send(id, other.id)).rejects.toMatchObject({code: 'banned'});
  await closeRoom(db, asOwner);
  await expect(send(id, owner.id)).rejects.toMatchObject({code: 'room_closed'});
  await expect(send(id, other.id)).rejects.toMatchObject({code: 'banned'});
});

test('refuses a poison item alone and stores the rest of its batch in order', async () => {
  const {id, owner} = await pair();
  const {append} = appender();
  await append(item(id, owner.id, 'warm'));

  const texts = ['a', 'b', 'nul \u0000', 'c', 'd', 'e'];
  const settled = await Promise.allSettled(texts.map((text) => append(item(id, owner.id, text))));

  expect(settled.map(({status}) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  expect(settled[2]).toMatchObject({reason: {code: 'invalid'}});
  expect(await storedTexts(id)).toEqual(['warm', 'a', 'b', 'c', 'd', 'e']);
});

test('splits a large batch into contiguous frames of at most 64 KiB', async () => {
  const {id, owner} = await pair();
  const frames: Frame[] = [];
  const {append} = appender({onCommitted: (committed) => frames.push(...committed)});
  await append(item(id, owner.id, 'warm'));

  await Promise.all(Array.from({length: 40}, () => append(item(id, owner.id, '日'.repeat(4_000)))));

  expect(frames.length).toBeGreaterThan(7);
  for (const [no, frame] of frames.entries()) {
    expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(64 * 1024);
    expect(frame.after).toBe(frames[no - 1]?.head ?? 0);
    expect(frame.entries.map(({rev}) => rev)).toEqual(
      Array.from({length: frame.head - frame.after}, (_, offset) => frame.after + offset + 1),
    );
  }
});

test('waits for nothing but its own commit when idle, and batches under load', async () => {
  const {id, owner} = await pair();
  const sizes: number[] = [];
  const {append} = appender({onBatch: ({items}) => sizes.push(items)});

  await append(item(id, owner.id));
  await Promise.all(Array.from({length: 100}, () => append(item(id, owner.id))));

  // The first of the hundred is sent at once; the rest forms a batch while it is in flight.
  expect(sizes).toEqual([1, 1, 99]);
});

test('a room that is locked elsewhere delays no other, and goes on in order when it is free', async () => {
  const [locked, free] = [await pair(), await pair()];
  const {append, stats} = appender();
  await Promise.all([append(item(locked.id, locked.owner.id, 'warm')), append(item(free.id, free.owner.id))]);
  const session = await world.session();
  await session('begin');
  await session('select from rooms where id = $1 for update', [locked.id]);

  const waiting = ['1', '2', '3'].map((text) => append(item(locked.id, locked.owner.id, text)));
  await until('the lane to wait for the lock', () => stats().lanes === 1);
  const later = append(item(locked.id, locked.owner.id, '4'));
  for (let no = 0; no < 20; no++) await append(item(free.id, free.owner.id));
  await session('commit');

  await Promise.all([...waiting, later]);
  expect(await storedTexts(locked.id)).toEqual(['warm', '1', '2', '3', '4']);
});

test('answers within its deadline what waits for a lock for too long, and a retry finds out', async () => {
  const {id, owner} = await pair();
  const {append} = appender({deadlineMs: 500});
  await append(item(id, owner.id, 'warm'));
  const session = await world.session();
  await session('begin');
  await session('select from rooms where id = $1 for update', [id]);

  const message = item(id, owner.id, 'late');
  const refused = await append(message).catch((error: unknown) => error);
  const elapsedMs = performance.now() - message.receivedAt;
  await session('commit');

  expect(refused).toMatchObject({code: expect.stringMatching(/^(unavailable|overloaded)$/)});
  expect(elapsedMs).toBeLessThan(900);
  await until('the retry to be answered', () =>
    append({...message, receivedAt: performance.now()}).catch(() => undefined),
  );
  expect(await storedTexts(id)).toEqual(['warm', 'late']);
});

test('a session in which commits are not durable stores durably', async () => {
  const {id, owner} = await pair();
  const session = await world.session();
  const {statement, values} = toCall([item(id, owner.id)], {waitsForLocks: false});
  await session('set synchronous_commit = off');
  await session('begin');

  await session(statement.text, [...values]);

  const [row] = await session<{synchronous_commit: string}>('show synchronous_commit');
  expect(row!.synchronous_commit).toBe('on');
  await session('commit');
});
