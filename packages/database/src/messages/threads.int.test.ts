import {afterAll, expect, test} from 'vitest';
import {createWorld, silent} from '../../test/fixtures.ts';
import {readLog} from '../delivery/log.ts';
import {createMoveReader, numberMoves} from '../jobs/numbered-moves.ts';
import {acceptAnswered, followThreads, listItems, moveProjector, writeItems} from '../jobs/projector.ts';
import {listNotifications} from '../notifications/notifications.ts';
import {leaveRoom} from '../rooms/members.ts';
import {grantLeave} from '../rooms/membership.ts';
import {truncateRoom} from '../rooms/rooms.ts';
import {createAppender, type AppendItem} from './append.ts';
import {deleteMessage, listMessages, markRead} from './messages.ts';
import {listAround, listThread} from './pages.ts';
import {followThread, listThreads, markThreadRead} from './threads.ts';

const world = await createWorld();
const {db, tenantId, account, room, join, member, item, query} = world;
const {append} = world.closing(
  createAppender(db, {log: silent, onCommitted: () => undefined, deadlineMs: 20_000}),
);
const reader = world.closing(createMoveReader(db, {name: 'projector', deadlineMs: 20_000}));
await reader.next(async () => {});
afterAll(() => reader.close());

/** What the worker's job does, until nothing is left. */
async function project(): Promise<void> {
  while ((await numberMoves(db, {limit: 1_000})) > 0);
  await reader.next(async (rooms, run) => {
    await acceptAnswered(run, rooms);
    await followThreads(run, rooms);
    await writeItems(run, await listItems(run, rooms));
    await moveProjector(run, rooms);
  });
}

/** A room with its owner, two members, and a message of the owner's. */
async function stage() {
  const [ann, ben, eve] = [await account(), await account(), await account()];
  const {id: roomId} = await room(ann.id, {title: 'Roof'});
  for (const {id} of [ben, eve]) await join(roomId, id);
  const send = async (userId: string, change: Partial<AppendItem> = {}) =>
    (await append({...item(roomId, userId), ...change})).seq;
  const root = await send(ann.id);
  const reply = (userId: string, change: Partial<AppendItem> = {}) =>
    send(userId, {threadOf: root, ...change});
  const mentioning = (...users: {id: string; name: string}[]) => ({
    mentions: users.map(({id, name}) => ({id, name})),
  });
  return {roomId, ann, ben, eve, root, send, reply, mentioning};
}
const threadsOf = async (userId: string) =>
  (await listThreads(db, {userId})).threads.map(({root, unreadFrom}) => [root.seq, unreadFrom]);
const inboxOf = async (userId: string) =>
  (await listNotifications(db, {userId, limit: 50})).notifications
    .filter(({readAt}) => readAt === undefined)
    .map(({type, data}) => [type, data['seq'], data['rootSeq']]);

test('a reply stands in the log with its root, which gets no new rev and tells how long its thread is', async () => {
  const {roomId, ann, ben, root, reply, send} = await stage();
  const first = await reply(ben.id);
  const other = await send(ben.id);
  const last = await reply(ann.id);
  const reading = await member(roomId, ben.id);

  const {messages} = await listMessages(db, reading, {limit: 10});
  expect(messages.map(({seq, threadOf, thread}) => [seq, threadOf, thread])).toEqual([
    [last, root, undefined],
    [other, undefined, undefined],
    [first, root, undefined],
    [root, undefined, {replies: 2, lastSeq: last}],
  ]);
  expect(messages.at(-1)!.rev).toBe(root);
  expect((await readLog(db, {roomId, after: root, limit: 10})).entries).toMatchObject([
    {type: 'message', message: {seq: first, threadOf: root}},
    {type: 'message', message: {seq: other}},
    {type: 'message', message: {seq: last, threadOf: root}},
  ]);
  expect((await listThread(db, reading, {threadOf: root, limit: 1})).messages.map(({seq}) => seq)).toEqual([
    last,
  ]);
  expect(await listThread(db, reading, {threadOf: root, before: last, limit: 5})).toMatchObject({
    messages: [{seq: first}],
    more: false,
  });
  expect((await listAround(db, reading, {around: root, limit: 1})).messages[0]!.thread?.replies).toBe(2);

  await deleteMessage(db, await member(roomId, ann.id), {seq: last});
  const after = await listMessages(db, reading, {limit: 10});
  expect(after.messages[0]).toMatchObject({seq: last, threadOf: root, deletedAt: expect.any(String)});
  expect(after.messages.at(-1)!.thread).toEqual({replies: 2, lastSeq: last});
});

test('nothing else may be the root: a reply, a message that is not there or is hidden', async () => {
  const {roomId, ann, ben, root, reply, send} = await stage();
  const first = await reply(ben.id);
  const invalid = {code: 'invalid', message: expect.stringContaining('threadOf')};

  await expect(send(ben.id, {threadOf: first})).rejects.toMatchObject(invalid);
  await expect(send(ben.id, {threadOf: 9_999})).rejects.toMatchObject(invalid);
  const late = await account();
  await join(roomId, late.id);
  await query('update room_types set may_history = 2 where tenant_id = $1', [tenantId]);
  await expect(reply(late.id)).rejects.toMatchObject(invalid);
  await query('update room_types set may_history = 1 where tenant_id = $1', [tenantId]);
  await reply(late.id);
  await truncateRoom(db, await member(roomId, ann.id), {before: first});
  await expect(send(ben.id, {threadOf: root})).rejects.toMatchObject(invalid);
});

test('counting stops at a hundred replies', async () => {
  const {roomId, ann, ben, reply} = await stage();
  const seqs = await Promise.all(Array.from({length: 120}, () => reply(ben.id)));

  const {messages} = await listMessages(db, await member(roomId, ann.id), {limit: 200});
  expect(messages.at(-1)!.thread).toEqual({replies: 100, lastSeq: Math.max(...seqs)});
});

test('the author, who replies and who is mentioned follow, and each finds one item a thread', async () => {
  const {roomId, ann, ben, eve, root, reply, mentioning} = await stage();
  const first = await reply(ben.id);
  await project();
  expect(await threadsOf(ann.id)).toEqual([[root, first]]);
  expect(await threadsOf(ben.id)).toEqual([[root, undefined]]);
  expect(await threadsOf(eve.id)).toEqual([]);
  expect(await inboxOf(ann.id)).toEqual([['madang.reply', first, root]]);

  await reply(ben.id);
  const called = await reply(ben.id, mentioning(eve));
  await project();
  expect(await inboxOf(ann.id)).toEqual([['madang.reply', first, root]]);
  expect(await inboxOf(eve.id)).toEqual([['madang.mention', called, root]]);
  expect(await threadsOf(eve.id)).toEqual([[root, called]]);

  const answer = await reply(ann.id);
  await project();
  expect(await threadsOf(ann.id)).toEqual([[root, undefined]]);
  expect(await inboxOf(ben.id)).toEqual([['madang.reply', answer, root]]);
  await markThreadRead(db, await member(roomId, ann.id), {threadOf: root, seq: answer});
  const next = await reply(eve.id);
  await project();
  expect(await inboxOf(ann.id)).toEqual([['madang.reply', next, root]]);
});

test('a mark of the thread reads its items and leaves that of the room, and goes back', async () => {
  const {roomId, ann, ben, root, send, reply} = await stage();
  const asAnn = await member(roomId, ann.id);
  const first = await reply(ben.id);
  const second = await reply(ben.id);
  const plain = await send(ben.id, {replyTo: root});
  await project();
  expect(await inboxOf(ann.id)).toEqual([
    ['madang.reply', plain, undefined],
    ['madang.reply', first, root],
  ]);

  const marked = await markThreadRead(db, asAnn, {threadOf: root, seq: second});
  expect(marked).toMatchObject({items: 1, unread: 3, mentions: 1});
  expect(marked.readSeq).toBeLessThan(first);
  expect(await inboxOf(ann.id)).toEqual([['madang.reply', plain, undefined]]);
  expect(await threadsOf(ann.id)).toEqual([[root, undefined]]);
  expect(await markThreadRead(db, asAnn, {threadOf: root, seq: first})).toMatchObject({items: 0});
  expect(await threadsOf(ann.id)).toEqual([[root, undefined]]);
  await markThreadRead(db, asAnn, {threadOf: root, seq: second, back: true});
  expect(await threadsOf(ann.id)).toEqual([[root, second]]);
});

test('a mark of the room reads what it has passed, and nobody who has read on gets an item', async () => {
  const {roomId, ann, ben, root, reply} = await stage();
  const asAnn = await member(roomId, ann.id);
  const first = await reply(ben.id);
  await project();
  expect(await markRead(db, asAnn, {seq: first})).toMatchObject({items: 1, mentions: 0});

  const second = await reply(ben.id);
  await markRead(db, asAnn, {seq: second});
  await project();
  expect(await inboxOf(ann.id)).toEqual([]);
  expect(await threadsOf(ann.id)).toEqual([[root, first]]);
});

test('who no longer follows hears nothing, until a mention brings them back', async () => {
  const {roomId, ann, ben, eve, root, reply, mentioning} = await stage();
  const follow = async (userId: string, on: boolean, seq = root) =>
    followThread(db, await member(roomId, userId), {seq, on});
  await follow(eve.id, true);
  await follow(eve.id, true);
  expect(await threadsOf(eve.id)).toEqual([[root, undefined]]);
  await follow(ann.id, false);
  const first = await reply(ben.id);
  await project();
  expect(await threadsOf(ann.id)).toEqual([]);
  expect(await inboxOf(ann.id)).toEqual([]);
  expect(await inboxOf(eve.id)).toEqual([['madang.reply', first, root]]);

  await reply(ann.id);
  await project();
  expect(await threadsOf(ann.id)).toEqual([]);
  const called = await reply(ben.id, mentioning(ann));
  await project();
  expect(await threadsOf(ann.id)).toEqual([[root, called]]);
  await expect(follow(ann.id, true, first)).rejects.toMatchObject({
    code: 'conflict',
    details: {threadOf: root},
  });
  await expect(follow(ann.id, true, 9_999)).rejects.toMatchObject({code: 'not_found'});
});

test('a thousand users follow a thread, and no more', async () => {
  const {roomId, eve, root, ben, reply} = await stage();
  await query(
    `insert into thread_follows (room_id, root_seq, user_id) select $1, $2, gen_random_uuid() from generate_series(1, 999)`,
    [roomId, root],
  );

  await reply(ben.id);
  await project();

  expect(await query('select from thread_follows where room_id = $1', [roomId])).toHaveLength(1_000);
  await expect(followThread(db, await member(roomId, eve.id), {seq: root, on: true})).rejects.toMatchObject({
    code: 'forbidden',
    details: {quota: 'threadFollowers', max: 1_000},
  });
});

test('threads come by their last reply, page by page, and leave with the room', async () => {
  const {roomId, ann, ben, send} = await stage();
  const roots: number[] = [];
  for (let no = 0; no < 60; no += 1) roots.push(await send(ann.id));
  for (const seq of roots) await send(ben.id, {threadOf: seq});
  await send(ben.id, {threadOf: roots[0]!});
  await project();

  const first = await listThreads(db, {userId: ben.id});
  const second = await listThreads(db, {userId: ben.id, after: first.next!});
  expect(first.threads).toHaveLength(50);
  expect(first.threads[0]!.root).toMatchObject({seq: roots[0], thread: {replies: 2}});
  expect(second).not.toHaveProperty('next');
  expect([...first.threads, ...second.threads].map(({root}) => root.seq).toSorted((a, b) => a - b)).toEqual(
    roots,
  );

  await truncateRoom(db, await member(roomId, ann.id), {before: roots[30]!});
  expect((await listThreads(db, {userId: ben.id})).threads.every(({root}) => root.seq >= roots[30]!)).toBe(
    true,
  );
  await leaveRoom(db, grantLeave({roomId, userId: ben.id}));
  expect(await listThreads(db, {userId: ben.id})).toEqual({threads: []});
  expect(await query('select from thread_follows where user_id = $1', [ben.id])).toEqual([]);
});
