import type {Entry, Frame} from '@madang/protocol/log';
import type {Message} from '@madang/protocol/messages';
import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {createAppender} from '../messages/append.ts';
import {countUnread, deleteMessage, editMessage, listMessages, markRead} from '../messages/messages.ts';
import {
  endedRooms,
  listMyRooms,
  readLog,
  readMembershipAge,
  readMemberships,
  readSubscription,
  syncRoom,
  syncRooms,
} from './log.ts';
import {leaveRoom, removeMember, updateMember} from '../rooms/members.ts';
import {closeRoom, raiseEpoch, updateRoom} from '../rooms/rooms.ts';
import {createWorld, silent} from '../../test/fixtures.ts';

const world = await createWorld();
const {db, account, room, join, member, item, query} = world;
const {append} = world.closing(createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 20_000}));

/** A room with its owner, and another member who joined while it was empty. */
async function pair() {
  const [owner, other] = [await account(), await account()];
  const {id} = await room(owner.id);
  const {state} = await join(id, other.id);
  return {id, owner, other, epoch: state.epoch};
}

async function say(roomId: string, userId: string, ...texts: string[]) {
  for (const text of texts) await append(item(roomId, userId, text));
}

const texts = ({entries}: Frame) => entries.map(({message}) => message?.text);
const kinds = ({entries}: Frame) => entries.map(({rev, type}) => `${rev} ${type}`);

test('a page of the log says where it ends and what follows', async () => {
  const {id, owner, other} = await pair();
  await say(id, owner.id, 'a', 'b', 'c', 'd', 'e');
  const read = (after: number, limit = 2) => syncRoom(db, {roomId: id, userId: other.id, after, limit});

  expect(await read(0)).toMatchObject({after: 0, head: 2, more: true});
  expect(texts(await read(2))).toEqual(['c', 'd']);
  const last = await read(4);
  expect(last).toMatchObject({after: 4, head: 5});
  expect(last.more).toBeUndefined();
  expect(await read(5)).toMatchObject({after: 5, head: 5, entries: []});
});

test('an edit is read once, as its result, at its new rev', async () => {
  const {id, owner} = await pair();
  await say(id, owner.id, 'a', 'b', 'c');
  const asOwner = await member(id, owner.id);
  await editMessage(db, asOwner, {seq: 1, text: 'once'});
  await editMessage(db, asOwner, {seq: 1, text: 'twice'});
  await deleteMessage(db, asOwner, {seq: 2});
  await updateRoom(db, asOwner, {title: 'Hall'});

  const frame = await readLog(db, {roomId: id, after: 0, limit: 10});

  expect(kinds(frame)).toEqual(['3 message', '5 edit', '6 delete', '7 room']);
  expect(frame.entries[1]!.message).toMatchObject({seq: 1, rev: 5, text: 'twice'});
  expect(frame.entries[2]!.message).toMatchObject({seq: 2, rev: 6, text: ''});
  expect(frame.entries[3]!.room).toMatchObject({title: 'Hall', rev: 7});
  expect(frame.entries[3]!.room).not.toHaveProperty('memberCount');
  expect(kinds(await readLog(db, {roomId: id, after: 5, limit: 10}))).toEqual(['6 delete', '7 room']);
});

test('a page stays within its bytes but always has an entry', async () => {
  const {id, owner, other} = await pair();
  const long = '€'.repeat(4_000);
  await Promise.all(Array.from({length: 60}, () => append(item(id, owner.id, long))));

  let after = 0;
  let seen = 0;
  for (;;) {
    const frame = await syncRoom(db, {roomId: id, userId: other.id, after, limit: 200});
    expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(256 * 1024 + 512);
    expect(frame.entries.length).toBeGreaterThan(0);
    seen += frame.entries.length;
    after = frame.head;
    if (!frame.more) break;
  }

  expect(seen).toBe(60);
  expect((await readLog(db, {roomId: id, after: 0, limit: 200, maxBytes: 10})).entries).toHaveLength(1);
});

test('a cursor of another epoch or above the head is reset to the head', async () => {
  const {id, owner, other, epoch} = await pair();
  await say(id, owner.id, 'a', 'b');
  const read = (cursor: {epoch?: string; after: number}) =>
    syncRoom(db, {roomId: id, userId: other.id, ...cursor, limit: 10});
  const reset = {after: 2, head: 2, entries: [], reset: true, epoch};

  expect(await read({epoch: '1.1', after: 1})).toEqual({roomId: id, ...reset});
  expect(await read({epoch, after: 3})).toEqual({roomId: id, ...reset});
  expect((await read({epoch, after: 2})).reset).toBeUndefined();
});

test('a member who left and joined again gets nothing of the time between', async () => {
  const {id, owner, other, epoch} = await pair();
  await say(id, owner.id, 'heard');
  await leaveRoom(db, await member(id, other.id));
  await say(id, owner.id, 'unheard');
  const {state} = await join(id, other.id);
  await say(id, owner.id, 'heard again');

  const frame = await syncRoom(db, {roomId: id, userId: other.id, epoch, after: 1, limit: 10});

  expect(state.membership.joinedAt).toBe(4);
  expect(frame).toMatchObject({after: 3, head: 4, reset: true});
  expect(texts(frame)).toEqual(['heard again']);
});

test('memberships are read together with the position they hold at, without those who left or are banned', async () => {
  const {id, owner, other, epoch} = await pair();
  const [left, banned, stranger] = [await account(), await account(), await account()];
  for (const user of [left, banned]) await join(id, user.id);
  await leaveRoom(db, await member(id, left.id));
  await updateMember(db, await member(id, owner.id), {userId: banned.id, banned: true});
  const userIds = [owner, other, left, banned, stranger].map((user) => user.id);

  expect(await readMemberships(db, {roomId: id, userIds})).toEqual({
    epoch,
    head: 2,
    members: {[owner.id]: {joinedAt: 1, shownFrom: 0}, [other.id]: {joinedAt: 1, shownFrom: 0}},
  });
  await closeRoom(db, await member(id, owner.id));
  expect(await readMemberships(db, {roomId: id, userIds})).toBeUndefined();
});

test('a membership is as old as the last joining, and has no age without one', async () => {
  const {id, owner, other} = await pair();
  const of = (userId: string) => readMembershipAge(db, {roomId: id, userId});
  await query(`update memberships set created_at = clock_ms() - interval '1 hour' where room_id = $1`, [id]);
  expect(await of(owner.id)).toBeGreaterThanOrEqual(3_600_000);

  await leaveRoom(db, await member(id, other.id));
  expect(await of(other.id)).toBeUndefined();
  await join(id, other.id);
  expect(await of(other.id)).toBeLessThan(3_600_000);

  await closeRoom(db, await member(id, owner.id));
  expect(await of(owner.id)).toBeUndefined();
});

test('the log of a closed room can be read by its members to its last entry', async () => {
  const {id, owner, other, epoch} = await pair();
  await say(id, owner.id, 'a');
  const {frame: last} = await closeRoom(db, await member(id, owner.id));

  const frame = await syncRoom(db, {roomId: id, userId: other.id, epoch, after: 0, limit: 10});

  expect(kinds(frame)).toEqual(['1 message', '2 room']);
  expect(frame.entries[1]).toEqual(last!.entries[0]);
  expect(frame.entries[1]!.room!.closedAt).toBeDefined();
  expect(await readSubscription(db, {roomId: id, userId: other.id})).toBeUndefined();
});

test('reads the rooms of many cursors at once, as far as the bytes reach', async () => {
  const user = await account();
  const rooms = await Promise.all(Array.from({length: 4}, () => pair()));
  for (const {id, owner} of rooms) {
    await join(id, user.id);
    await say(id, owner.id, 'x'.repeat(1_000), 'y'.repeat(1_000));
  }
  const cursors = Object.fromEntries(rooms.map(({id, epoch}) => [id, {epoch, rev: 0}]));
  cursors[rooms[0]!.id]!.rev = 2;
  cursors[rooms[1]!.id]!.epoch = 'other';
  cursors[randomUUID()] = {epoch: 'other', rev: 1};

  const all = await syncRooms(db, {userId: user.id, cursors});
  const few = await syncRooms(db, {userId: user.id, cursors, maxBytes: 3_500});

  expect(all.map(({roomId}) => roomId)).toEqual([rooms[3]!.id, rooms[2]!.id, rooms[1]!.id]);
  expect(all.map(({reset, entries}) => [reset, entries.length])).toEqual([
    [undefined, 2],
    [undefined, 2],
    [true, 0],
  ]);
  expect(few.length).toBeLessThan(3);
  expect(few[0]).toEqual(all[0]);
});

test('tells which rooms one is in no more, since when and why', async () => {
  const user = await account();
  const rooms = await Promise.all(Array.from({length: 6}, () => pair()));
  const [stays, left, removed, banned, closed, again] = rooms.map(({id}) => id) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  for (const {id} of rooms) await join(id, user.id);
  const ownerOf = (no: number) => member(rooms[no]!.id, rooms[no]!.owner.id);
  await leaveRoom(db, await member(left, user.id));
  await removeMember(db, await ownerOf(2), {userId: user.id});
  await updateMember(db, await ownerOf(3), {userId: user.id, banned: true});
  await closeRoom(db, await ownerOf(4));
  await leaveRoom(db, await member(again, user.id));
  await join(again, user.id);
  const unknown = randomUUID();

  const ended = await endedRooms(db, {
    userId: user.id,
    roomIds: [stays, left, removed, banned, closed, again, unknown],
  });

  expect(new Set(ended)).toEqual(
    new Set([
      {roomId: left, leftAt: 1, reason: 'left'},
      {roomId: removed, leftAt: 1, reason: 'removed'},
      {roomId: banned, leftAt: 1, reason: 'banned'},
      {roomId: closed, leftAt: 2, reason: 'closed'},
      {roomId: unknown, leftAt: 0, reason: 'removed'},
    ]),
  );
});

test('lists my open rooms by latest activity, without those already had', async () => {
  const user = await account();
  const rooms = await Promise.all(Array.from({length: 4}, () => pair()));
  for (const {id} of rooms) await join(id, user.id);
  await say(rooms[1]!.id, rooms[1]!.owner.id, 'a', 'b');
  await closeRoom(db, await member(rooms[2]!.id, rooms[2]!.owner.id));

  const first = await listMyRooms(db, {userId: user.id, limit: 2});
  const exclude = first.rooms.map(({room: {id}}) => id);
  const rest = await listMyRooms(db, {userId: user.id, exclude, limit: 10});

  expect(first.more).toBe(true);
  expect(first.rooms[0]).toMatchObject({room: {id: rooms[1]!.id}, head: 2, unread: 2});
  expect(rest.more).toBe(false);
  // The two other rooms, and `general`.
  expect(rest.rooms).toHaveLength(2);
  expect([...exclude, ...rest.rooms.map(({room: {id}}) => id)]).not.toContain(rooms[2]!.id);
});

test('a read mark never goes back nor beyond the head, and own or deleted messages are not unread', async () => {
  const {id, owner, other} = await pair();
  await say(id, owner.id, 'a', 'b', 'c');
  await say(id, other.id, 'mine');
  await deleteMessage(db, await member(id, owner.id), {seq: 3});
  const asOther = await member(id, other.id);
  const unread = () => countUnread(db, {roomId: id, userId: other.id});

  expect(await unread()).toBe(2);
  expect(await markRead(db, asOther, {seq: 1})).toMatchObject({readSeq: 1, unread: 1});
  expect(await markRead(db, asOther, {seq: 0})).toMatchObject({readSeq: 1, unread: 1});
  expect(await markRead(db, asOther, {seq: 1_000_000})).toMatchObject({readSeq: 5, unread: 0});
  await Promise.all(Array.from({length: 120}, () => append(item(id, owner.id))));
  expect(await unread()).toBe(100);
});

test('pages through the whole history, newest first, also what was written before joining', async () => {
  const {id, owner} = await pair();
  await say(id, owner.id, 'a', 'b', 'c', 'd', 'e');
  const late = await account();
  await join(id, late.id);
  const asLate = await member(id, late.id);

  const first = await listMessages(db, asLate, {limit: 2});
  const second = await listMessages(db, asLate, {limit: 3, before: first.messages.at(-1)!.seq});

  expect([...first.messages, ...second.messages].map(({text}) => text)).toEqual(['e', 'd', 'c', 'b', 'a']);
  expect([first.more, second.more]).toEqual([true, false]);
});

test('messages are changed by those who may, once', async () => {
  const {id, owner, other} = await pair();
  await say(id, owner.id, 'mine');
  await say(id, other.id, 'theirs');
  const [asOwner, asOther] = [await member(id, owner.id), await member(id, other.id)];

  await expect(editMessage(db, asOwner, {seq: 2, text: 'x'})).rejects.toMatchObject({code: 'forbidden'});
  await expect(deleteMessage(db, asOther, {seq: 1})).rejects.toMatchObject({code: 'forbidden'});
  await expect(editMessage(db, asOwner, {seq: 9, text: 'x'})).rejects.toMatchObject({code: 'not_found'});
  expect(await editMessage(db, asOther, {seq: 2, text: 'better'})).toMatchObject({
    seq: 2,
    rev: 3,
    frame: {after: 2, head: 3},
  });
  const deleted = await deleteMessage(db, asOwner, {seq: 2});
  expect(deleted).toMatchObject({seq: 2, rev: 4, frame: {after: 3, head: 4}});
  expect(await deleteMessage(db, asOther, {seq: 2})).toEqual({seq: 2, rev: 4});
  await expect(editMessage(db, asOther, {seq: 2, text: 'x'})).rejects.toMatchObject({code: 'conflict'});

  const mutedUntil = new Date(Date.now() + 60_000).toISOString();
  await updateMember(db, asOwner, {userId: other.id, mutedUntil});
  await say(id, owner.id, 'meanwhile');
  await expect(editMessage(db, asOther, {seq: 2, text: 'x'})).rejects.toMatchObject({
    code: 'forbidden',
    details: {mutedUntil},
  });
});

test('an epoch is raised only by a node that has seen more of the log than there is', async () => {
  const {id, owner, epoch} = await pair();
  await say(id, owner.id, 'a', 'b');

  expect(await raiseEpoch(db, {roomId: id, epoch, position: 2})).toBe(false);
  expect(await raiseEpoch(db, {roomId: id, epoch: '0.0', position: 3})).toBe(false);
  const raised = await Promise.all([1, 2, 3].map(() => raiseEpoch(db, {roomId: id, epoch, position: 3})));
  expect(raised.filter(Boolean)).toHaveLength(1);
  expect((await readLog(db, {roomId: id, after: 0, limit: 1})).epoch).not.toBe(epoch);
});

test('an old snapshot plus the log equals a fresh read, after 300 random operations by several at once', async () => {
  const owner = await account();
  const {id} = await room(owner.id);
  const users = await Promise.all(Array.from({length: 4}, () => account()));
  for (const user of users) await join(id, user.id);
  const asOwner = await member(id, owner.id);
  const timeline = new Map<number, Message>();
  let cursor = 0;
  let title = 'Kitchen';
  const apply = ({rev, message, room: changed}: Entry) => {
    expect(rev).toBeGreaterThan(cursor);
    if (message !== undefined) timeline.set(message.seq, message);
    if (changed !== undefined) title = changed.title;
  };
  const follow = async () => {
    for (;;) {
      const frame = await readLog(db, {roomId: id, after: cursor, limit: 7});
      expect(frame.after).toBe(cursor);
      frame.entries.forEach(apply);
      cursor = frame.head;
      if (!frame.more) return;
    }
  };
  let sent = 0;
  const operations = [
    () => append(item(id, owner.id, `${sent++}`)),
    () => append(item(id, users[sent % 4]!.id, `${sent++}`)),
    () => editMessage(db, asOwner, {seq: 1 + (sent % 20), text: `edited ${sent++}`}),
    () => deleteMessage(db, asOwner, {seq: 1 + ((sent * 7) % 40)}),
    () => updateRoom(db, asOwner, {title: `title ${sent++}`}),
    async () => {
      const user = users[sent % 4]!;
      await removeMember(db, asOwner, {userId: user.id});
      await join(id, user.id);
    },
  ];

  for (let round = 0; round < 60; round++) {
    const chosen = Array.from({length: 5}, (_, no) => operations[(round * 5 + no * 3) % operations.length]!);
    // Refusals (editing a deleted message, a sender just kicked) are expected.
    await Promise.allSettled([...chosen.map((operate) => operate()), follow()]);
  }
  await follow();

  const fresh = await listMessages(db, asOwner, {limit: 200});
  expect([...timeline.values()].sort((a, b) => b.seq - a.seq).slice(0, 200)).toEqual(fresh.messages);
  const state = await readSubscription(db, {roomId: id, userId: owner.id});
  expect(state).toMatchObject({head: cursor, room: {title}});
});

test('a message tells the kind of its sender, also where an older release has stored none', async () => {
  const {id, owner} = await pair();
  const visitor = await world.guest();
  await join(id, visitor.id);
  await say(id, owner.id, 'old');
  await say(id, visitor.id, 'old');
  await append({
    ...item(id, visitor.id),
    sender: {id: visitor.id, name: 'Bo', color: '#112233', kind: 'guest'},
  });
  await query(`update messages set sender = sender - 'kind' where room_id = $1 and text = 'old'`, [id]);
  const kindsOf = (messages: (Message | undefined)[]) => messages.map((each) => each?.sender.kind);

  const frame = await readLog(db, {roomId: id, after: 0, limit: 10});
  const {messages} = await listMessages(db, await member(id, owner.id), {limit: 10});

  expect(kindsOf(frame.entries.map(({message}) => message))).toEqual(['account', 'guest', 'guest']);
  expect(kindsOf(messages)).toEqual(['guest', 'guest', 'account']);
  expect(messages[0]!.sender).toEqual({id: visitor.id, name: 'Bo', color: '#112233', kind: 'guest'});
});
