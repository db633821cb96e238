import {limits} from '@madang/protocol/limits';
import {expect, test} from 'vitest';
import {createWorld, silent} from '../../test/fixtures.ts';
import {addApiKey} from '../access/api-keys.ts';
import {readLog, syncRoom} from '../delivery/log.ts';
import {updateMember} from '../rooms/members.ts';
import {grantManagement} from '../rooms/membership.ts';
import {openDirect, truncateRoom, updateRoom} from '../rooms/rooms.ts';
import {createAppender} from './append.ts';
import {deleteMessage, editMessage, listMessages} from './messages.ts';
import {pinMessage} from './pins.ts';
import {setReaction} from './reactions.ts';

const world = await createWorld();
const {db, adminDb, tenantId, account, guest, room, join, member, item, query} = world;
const appender = world.closing(createAppender(db, {log: silent, onCommitted: () => undefined}));

/** A room with one message of its owner, and a plain member. */
async function stage() {
  const [owner, other] = [await account(), await guest()];
  const {id: roomId} = await room(owner.id);
  await join(roomId, other.id);
  const {seq} = await appender.append(item(roomId, owner.id));
  const asOwner = await member(roomId, owner.id);
  const pin = (to = seq, on = true) => pinMessage(db, asOwner, {seq: to, on});
  const listed = async () =>
    (await listMessages(db, asOwner, {limit: 10})).messages.find((message) => message.seq === seq)!;
  return {roomId, seq, owner, other, asOwner, pin, listed};
}

test('a pin is a new rev of the message, beside its reactions, and neither its text nor an edit', async () => {
  const {roomId, seq, owner, other, asOwner, pin, listed} = await stage();
  const {rev: reactedAt} = await setReaction(db, asOwner, {seq, emoji: '👍', on: true});
  const before = await listed();

  const {rev, frame} = await pin();

  const pinned = {by: owner.id, at: expect.stringMatching(/^\d{4}-.*\.\d{3}Z$/)};
  const everybodys = {reactions: [{emoji: '👍', count: 1, by: [owner.id]}], pinned};
  expect(rev).toBe(reactedAt + 1);
  expect(frame).toEqual({
    roomId,
    epoch: expect.any(String),
    after: reactedAt,
    head: rev,
    entries: [{rev, type: 'annotation', seq, annotations: everybodys}],
  });
  expect(await listed()).toEqual({...before, rev, annotations: {...before.annotations, pinned}});
  const caughtUp = await readLog(db, {roomId, after: reactedAt, limit: 10});
  expect(caughtUp).toMatchObject({
    head: rev,
    entries: [{type: 'edit', rev, message: {annotations: everybodys}}],
  });
  const {entries} = await syncRoom(db, {userId: other.id, roomId, after: reactedAt, limit: 10});
  expect(entries).toMatchObject([{message: {annotations: everybodys}}]);
  expect((await setReaction(db, asOwner, {seq, emoji: '🎉', on: true})).annotations).toMatchObject({pinned});
});

test('a repeat by anybody changes nothing, and removing the pin leaves the rest', async () => {
  const {roomId, seq, other, asOwner, pin, listed} = await stage();
  await updateMember(db, asOwner, {userId: other.id, role: 'moderator'});
  const {rev} = await pin();

  expect(await pinMessage(db, await member(roomId, other.id), {seq, on: true})).toEqual({rev});
  expect(await pin()).toEqual({rev});
  expect((await readLog(db, {roomId, after: 0, limit: 10})).head).toBe(rev);
  const {frame} = await pinMessage(db, await member(roomId, other.id), {seq, on: false});
  expect(frame!.entries).toEqual([{rev: rev + 1, type: 'annotation', seq, annotations: {}}]);
  expect(await listed()).not.toHaveProperty('annotations');
  expect(await pin(seq, false)).toEqual({rev: rev + 1});
  expect(await query('select from messages where room_id = $1 and pinned_at is not null', [roomId])).toEqual(
    [],
  );
});

test('a plain member, a muted moderator and everybody in an archived room may not pin', async () => {
  const {roomId, seq, other, asOwner, pin} = await stage();
  const asOther = await member(roomId, other.id);
  await expect(pinMessage(db, asOther, {seq, on: true})).rejects.toMatchObject({
    code: 'forbidden',
    details: {grant: 'moderate'},
  });
  await updateMember(db, asOwner, {
    userId: other.id,
    role: 'moderator',
    mutedUntil: new Date(Date.now() + 3_600_000).toISOString(),
  });
  await expect(pinMessage(db, asOther, {seq, on: true})).rejects.toMatchObject({
    code: 'forbidden',
    details: {mutedUntil: expect.any(String)},
  });
  await expect(pin(seq + 100)).rejects.toMatchObject({code: 'not_found'});
  await query('update rooms set archived_at = now() where id = $1', [roomId]);
  await expect(pin()).rejects.toMatchObject({code: 'forbidden', details: {archived: true}});
});

test('both users of a direct room may pin', async () => {
  const [ada, ben] = [await account(), await account()];
  const {state} = await openDirect(db, {tenantId, userId: ada.id, otherId: ben.id});
  const roomId = state.room.id;
  const {seq} = await appender.append(item(roomId, ada.id));

  const {rev} = await pinMessage(db, await member(roomId, ben.id), {seq, on: true});

  expect(await pinMessage(db, await member(roomId, ada.id), {seq, on: true})).toEqual({rev});
});

test('a service pins in any room of its tenant, also as a user, who is shown', async () => {
  const {roomId, seq, owner, listed} = await stage();
  const {user: service} = await addApiKey(adminDb, {tenantId, service: 'desk'});
  const asService = grantManagement({tenantId, roomId, userId: service.id});

  await pinMessage(db, {...asService, byId: owner.id}, {seq, on: true});

  expect((await listed()).annotations?.pinned?.by).toBe(owner.id);
});

test('a room has at most fifty pinned messages that are still there', async () => {
  const {roomId, owner, asOwner, pin} = await stage();
  const sent = await Promise.all(
    Array.from({length: limits.pinsPerRoom}, () => appender.append(item(roomId, owner.id))),
  );
  for (const message of sent) await pin(message.seq);

  await expect(pin()).rejects.toMatchObject({
    code: 'forbidden',
    details: {quota: 'pins', max: limits.pinsPerRoom},
  });
  await deleteMessage(db, asOwner, {seq: sent[0]!.seq});
  await pin();
  await truncateRoom(db, asOwner, {before: sent[2]!.seq});
  await pin(sent[3]!.seq, false);
  const {seq: later} = await appender.append(item(roomId, owner.id));
  await pin(later);
});

test('an edit keeps the pin; a deleted message has none and gets none', async () => {
  const {roomId, seq, asOwner, pin, listed} = await stage();
  await pin();

  await editMessage(db, asOwner, {seq, text: 'better'});
  expect((await listed()).annotations?.pinned).toBeDefined();
  const {rev} = await deleteMessage(db, asOwner, {seq});
  expect(await listed()).not.toHaveProperty('annotations');
  expect(await query('select from messages where room_id = $1 and pinned_at is not null', [roomId])).toEqual(
    [],
  );
  await expect(pin()).rejects.toMatchObject({code: 'conflict'});
  expect(await pin(seq, false)).toEqual({rev});
});

test('the topic of a room is in every reading of it, and null removes it', async () => {
  const {roomId, asOwner} = await stage();

  const {room: changed, frame} = await updateRoom(db, asOwner, {topic: 'Soup'});
  expect(changed).toMatchObject({title: 'Kitchen', topic: 'Soup'});
  expect(frame!.entries).toMatchObject([{type: 'room', room: {topic: 'Soup'}}]);
  await updateRoom(db, asOwner, {title: 'Cellar'});
  expect((await readLog(db, {roomId, after: 0, limit: 10})).entries.at(-1)).toMatchObject({
    room: {title: 'Cellar', topic: 'Soup'},
  });
  const {room: without} = await updateRoom(db, asOwner, {topic: null});
  expect(without).not.toHaveProperty('topic');
});
