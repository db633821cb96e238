import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {createAppender, type AppendItem} from '../messages/append.ts';
import {collectFiles, findFile, insertFile, readBlob} from './files.ts';
import {blankClosedRooms} from '../jobs/jobs.ts';
import {readLog} from '../delivery/log.ts';
import {deleteMessage, listMessages} from '../messages/messages.ts';
import {closeRoom} from '../rooms/rooms.ts';
import {createWorld, silent} from '../../test/fixtures.ts';
import {updateUser} from '../users/users.ts';
import type {Frame} from '@madang/protocol/log';

const world = await createWorld();
const {db, tenantId, account, room, join, member, query} = world;
const frames: Frame[] = [];
const appender = world.closing(
  createAppender(db, {
    log: silent,
    onCommitted: (committed) => frames.push(...committed),
    deadlineMs: 20_000,
  }),
);

const bytes = Buffer.alloc(600_000, 'image');
const upload = (userId: string, quotaBytes = 10_000_000) =>
  insertFile(db, {
    tenantId,
    userId,
    name: 'cat.gif',
    type: 'image/gif',
    width: 3,
    height: 2,
    image: bytes,
    thumbnail: {type: 'image/webp', image: Buffer.from('small')},
    quotaBytes,
  });
const carrying = (roomId: string, userId: string, ids: string[], change: Partial<AppendItem> = {}) =>
  appender.append({...world.item(roomId, userId, 'look'), attachmentIds: ids, ...change});
const find = (userId: string, fileId: string) => findFile(db, {tenantId, userId, fileId, variant: 'image'});
const messagesIn = async (roomId: string, userId: string) =>
  (await listMessages(db, await member(roomId, userId), {limit: 50})).messages;

async function roomOfTwo() {
  const [sender, reader] = [await account(), await account()];
  const {id: roomId} = await room(sender.id);
  await join(roomId, reader.id);
  return {sender, reader, roomId};
}

test('an image is its uploaders alone until it is sent, and the rooms from then on', async () => {
  const {sender, reader, roomId} = await roomOfTwo();
  const stranger = await account();
  const file = await upload(sender.id);
  expect(await find(sender.id, file.id)).toMatchObject({type: 'image/gif', size: bytes.length});
  await expect(find(reader.id, file.id)).rejects.toMatchObject({code: 'not_found'});

  const {seq} = await carrying(roomId, sender.id, [file.id]);

  expect(await find(reader.id, file.id)).toMatchObject({name: 'cat.gif'});
  await expect(find(stranger.id, file.id)).rejects.toMatchObject({code: 'forbidden'});
  expect(await messagesIn(roomId, reader.id)).toMatchObject([{seq, attachments: [file]}]);
  const log = await readLog(db, {roomId, after: 0, limit: 10, maxBytes: 100_000});
  expect(log?.entries[0]?.message?.attachments).toEqual([file]);
  const live = frames.find((frame) => frame.roomId === roomId)!;
  expect(live.entries[0]?.message).toEqual(log?.entries[0]?.message);
});

test('a retry of a message with images finds the first one', async () => {
  const {sender, roomId} = await roomOfTwo();
  const files = await Promise.all([upload(sender.id), upload(sender.id)]);
  const ids = files.map(({id}) => id).toReversed();
  const clientId = randomUUID();

  const sent = await Promise.all(Array.from({length: 5}, () => carrying(roomId, sender.id, ids, {clientId})));

  expect(new Set(sent.map(({seq}) => seq)).size).toBe(1);
  expect(sent.filter(({duplicate}) => !duplicate)).toHaveLength(1);
  const [message] = await messagesIn(roomId, sender.id);
  expect(message?.attachments.map(({id}) => id)).toEqual(ids);
});

test('of many messages at once that carry one image, one is stored', async () => {
  const {sender, roomId} = await roomOfTwo();
  const {id: otherId} = await room(sender.id);
  const file = await upload(sender.id);

  const outcomes = await Promise.allSettled(
    Array.from({length: 20}, (_, no) => carrying(no % 2 ? roomId : otherId, sender.id, [file.id])),
  );

  expect(outcomes.filter(({status}) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({code: 'invalid'});
  }
});

test("others' images, unknown ones, and one that is named twice are refused, and the batch goes on", async () => {
  const {sender, reader, roomId} = await roomOfTwo();
  const stranger = await account();
  const [own, twice, others] = [await upload(sender.id), await upload(sender.id), await upload(reader.id)];

  const outcomes = await Promise.allSettled([
    carrying(roomId, sender.id, [others.id]),
    carrying(roomId, sender.id, [randomUUID()]),
    carrying(roomId, sender.id, [twice.id, twice.id]),
    carrying(roomId, stranger.id, [own.id]),
    carrying(roomId, sender.id, [own.id]),
    appender.append(world.item(roomId, reader.id, 'plain')),
  ]);

  const codeOf = (outcome: PromiseSettledResult<unknown>) =>
    outcome.status === 'fulfilled' ? 'stored' : (outcome.reason as {code: string}).code;
  expect(outcomes.map(codeOf)).toEqual(['invalid', 'invalid', 'invalid', 'forbidden', 'stored', 'stored']);
  expect(await messagesIn(roomId, reader.id)).toHaveLength(2);
});

test('images go with their message, and with their room', async () => {
  const {sender, roomId} = await roomOfTwo();
  const [first, second] = [await upload(sender.id), await upload(sender.id)];
  const {seq} = await carrying(roomId, sender.id, [first.id]);
  await carrying(roomId, sender.id, [second.id]);

  await deleteMessage(db, await member(roomId, sender.id), {seq});
  await expect(find(sender.id, first.id)).rejects.toMatchObject({code: 'not_found'});
  expect((await messagesIn(roomId, sender.id)).find((each) => each.seq === seq)?.attachments).toEqual([]);
  await closeRoom(db, await member(roomId, sender.id));
  await expect(find(sender.id, second.id)).rejects.toMatchObject({code: 'room_closed'});

  while ((await blankClosedRooms(db, {limit: 100})) > 0);
  while ((await collectFiles(db, {unsentMs: 3_600_000, limit: 20})) > 0);
  const left = await query('select from blobs where attachment_id = any ($1)', [[first.id, second.id]]);
  expect(left).toEqual([]);
});

test('what was never sent is collected after its time, an avatar and what was sent are not', async () => {
  const {sender, reader, roomId} = await roomOfTwo();
  const [sent, unsent, before, avatar] = await Promise.all(Array.from({length: 4}, () => upload(sender.id)));
  await carrying(roomId, sender.id, [sent!.id]);
  for (const {id: fileId} of [before!, avatar!]) {
    await updateUser(db, {tenantId, userId: sender.id, avatarId: fileId});
  }
  expect(await find(reader.id, avatar!.id)).toBeTruthy();
  await expect(carrying(roomId, sender.id, [avatar!.id])).rejects.toMatchObject({code: 'invalid'});
  const notTheirs = updateUser(db, {tenantId, userId: reader.id, avatarId: unsent!.id});
  await expect(notTheirs).rejects.toMatchObject({code: 'not_found'});

  while ((await collectFiles(db, {unsentMs: 3_600_000, limit: 20})) > 0);
  expect(await find(sender.id, unsent!.id)).toBeTruthy();
  while ((await collectFiles(db, {unsentMs: -1_000, limit: 20})) > 0);

  const left = await query<{id: string}>('select id from attachments where user_id = $1', [sender.id]);
  expect(left.map(({id}) => id).toSorted()).toEqual([sent!.id, avatar!.id].toSorted());
});

test('a user keeps no more than the quota, and reads in parts what was kept', async () => {
  const {sender} = await roomOfTwo();
  const file = await upload(sender.id, 1_000_000);

  await expect(upload(sender.id, 1_000_000)).rejects.toMatchObject({
    code: 'too_large',
    details: {quotaBytes: 1_000_000},
  });
  const parts: Buffer[] = [];
  for await (const part of readBlob(db, {...file, variant: 'image'})) parts.push(part);
  expect(parts.map(({length}) => length)).toEqual([262_144, 262_144, 75_712]);
  expect(Buffer.concat(parts).equals(bytes)).toBe(true);
});
