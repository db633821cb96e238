import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {addApiKey} from '../access/api-keys.ts';
import {createAppender} from '../messages/append.ts';
import {deleteMessage, editMessage, listMessages} from '../messages/messages.ts';
import {readLog, syncRoom} from '../delivery/log.ts';
import {addMember, joinRoom, leaveRoom, removeMember, updateMember} from './members.ts';
import {grantManagement} from './membership.ts';
import {closeRoom, createRoom, findRoomAccess, openDirect, updateRoom} from './rooms.ts';
import {createWorld, silent} from '../../test/fixtures.ts';

const world = await createWorld();
const {db, adminDb, tenantId, account, room, join, member, item} = world;
const appender = world.closing(createAppender(db, {log: silent, onCommitted: () => {}}));
const {user: service} = await addApiKey(adminDb, {tenantId, service: 'shop'});
const asService = (roomId: string) => grantManagement({tenantId, roomId, userId: service.id});
const forbidden = {code: 'forbidden', details: {archived: true}};
/** Nulls, nesting and list order are the product's. */
const data = {order: 7, note: null, lines: [{sku: 'a', left: null}]};

test('data of a room is in every reading of it as it was given, and replaced as a whole', async () => {
  const owner = await account();
  const {id} = await room(owner.id, {data});
  const asOwner = await member(id, owner.id);

  expect((await findRoomAccess(db, {tenantId, roomId: id, userId: owner.id}))!.room.data).toEqual(data);
  const changed = await updateRoom(db, asOwner, {data: {...data, order: null}});
  expect(changed.room.data).toEqual({...data, order: null});
  expect(changed.frame!.entries[0]!.room!.data).toEqual({...data, order: null});
  expect((await addMember(db, asOwner, {userId: (await account()).id})).state.room.data).toEqual({
    ...data,
    order: null,
  });
  await updateRoom(db, asOwner, {title: 'Cellar'});
  expect((await readLog(db, {roomId: id, after: 0, limit: 10})).entries).toMatchObject([
    {room: {title: 'Cellar', data: {...data, order: null}}},
  ]);
  const {room: without} = await updateRoom(db, asOwner, {data: null});
  expect(without).not.toHaveProperty('data');
});

test('the same externalId gets the same room, also 20 times at once and for another service, and members see no such id', async () => {
  const {user: other} = await addApiKey(adminDb, {tenantId, service: 'back office'});
  const externalId = `order-${randomUUID()}`;
  const open = (userId: string, more = {}) =>
    createRoom(db, {
      tenantId,
      userId,
      title: 'Order',
      visibility: 'private',
      ephemeral: false,
      externalId,
      ...more,
    });

  const made = await Promise.all(Array.from({length: 20}, () => open(service.id)));

  expect(new Set(made.map(({state}) => state.room.id)).size).toBe(1);
  expect(made.filter(({created}) => created)).toHaveLength(1);
  const again = await open(other.id, {title: 'Other'});
  expect(again).toMatchObject({created: false, joined: [other.id], state: {room: {title: 'Order'}}});
  const {id} = again.state.room;
  expect(await open(other.id)).toMatchObject({created: false, joined: [], state: {room: {id}}});
  expect(JSON.stringify([again, await readLog(db, {roomId: id, after: 0, limit: 10})])).not.toContain(
    externalId,
  );
  const access = await findRoomAccess(db, {tenantId, roomId: id, userId: service.id});
  expect(access!.externalId).toBe(externalId);
  await closeRoom(db, asService(id));
  await expect(open(service.id)).rejects.toMatchObject({code: 'room_closed'});
});

test('a clientId that made a room with another externalId is a conflict', async () => {
  const clientId = randomUUID();
  const open = (externalId: string) =>
    createRoom(db, {
      tenantId,
      userId: service.id,
      title: 'Order',
      visibility: 'private',
      ephemeral: false,
      clientId,
      externalId,
    });
  await open(`first ${clientId}`);

  await expect(open(`second ${clientId}`)).rejects.toMatchObject({code: 'conflict'});
});

test('an archived room can be read, and refuses all else until it is unarchived', async () => {
  const [owner, other, stranger] = [await account(), await account(), await account()];
  const {id} = await room(owner.id);
  await join(id, other.id);
  const asOwner = await member(id, owner.id);
  const asOther = await member(id, other.id);
  const {seq} = await appender.append(item(id, other.id, 'before'));

  const {room: archived, frame} = await updateRoom(db, asService(id), {archived: true});

  expect(archived.archivedAt).toBeDefined();
  expect(frame!.entries).toMatchObject([{type: 'room', room: {archivedAt: archived.archivedAt}}]);
  expect((await updateRoom(db, asService(id), {archived: true})).frame).toBeUndefined();
  const refused: [string, () => Promise<unknown>][] = [
    ['send', () => appender.append(item(id, other.id, 'late'))],
    ['edit', () => editMessage(db, asOther, {seq, text: 'late'})],
    ['delete', () => deleteMessage(db, asOther, {seq})],
    ['delete by a service', () => deleteMessage(db, asService(id), {seq})],
    ['join', () => joinRoom(db, {tenantId, roomId: id, userId: stranger.id})],
    ['leave', () => leaveRoom(db, asOther)],
    ['add', () => addMember(db, asService(id), {userId: stranger.id})],
    ['remove', () => removeMember(db, asService(id), {userId: other.id})],
    ['mute', () => updateMember(db, asService(id), {userId: other.id, banned: true})],
    ['rename', () => updateRoom(db, asOwner, {title: 'Late'})],
    ['data', () => updateRoom(db, asService(id), {data: {late: true}})],
    ['close', () => closeRoom(db, asOwner)],
  ];
  for (const [what, act] of refused) await expect(act(), what).rejects.toMatchObject(forbidden);
  expect((await listMessages(db, asOther, {limit: 10})).messages).toMatchObject([{text: 'before'}]);
  expect((await syncRoom(db, {roomId: id, userId: other.id, after: 0, limit: 10})).entries).toHaveLength(2);

  const {room: open} = await updateRoom(db, asService(id), {archived: false, title: 'Open'});

  expect(open).toMatchObject({title: 'Open'});
  expect(open).not.toHaveProperty('archivedAt');
  await appender.append(item(id, other.id, 'after'));
});

test('only a service archives', async () => {
  const owner = await account();
  const {id} = await room(owner.id);

  await expect(updateRoom(db, await member(id, owner.id), {archived: true})).rejects.toMatchObject({
    code: 'forbidden',
  });
});

test('a service changes, closes and moderates rooms that it is not in', async () => {
  const [owner, other] = [await account(), await account()];
  const {id} = await room(owner.id, {visibility: 'private'});
  await addMember(db, asService(id), {userId: other.id});
  const {seq} = await appender.append(item(id, other.id));

  expect((await updateRoom(db, asService(id), {title: 'Renamed'})).room.title).toBe('Renamed');
  expect(await deleteMessage(db, asService(id), {seq})).toMatchObject({seq});
  expect(
    await updateMember(db, asService(id), {userId: owner.id, mutedUntil: '2999-01-01T00:00:00Z'}),
  ).toMatchObject({
    member: {role: 'owner'},
  });
  await expect(updateMember(db, asService(id), {userId: owner.id, role: 'member'})).rejects.toMatchObject({
    code: 'conflict',
  });
  expect(await updateMember(db, asService(id), {userId: other.id, role: 'owner'})).toMatchObject({
    demoted: owner.id,
    member: {role: 'owner'},
  });
  expect((await member(id, owner.id)).role).toBe('moderator');
  expect((await closeRoom(db, asService(id))).room.closedAt).toBeDefined();
});

test('of a direct room a service changes data and whether it is archived, and nothing else', async () => {
  const [ann, ben] = [await account(), await account()];
  const {
    state: {
      room: {id},
    },
  } = await openDirect(db, {tenantId, userId: ann.id, otherId: ben.id});

  expect((await updateRoom(db, asService(id), {data})).room.data).toEqual(data);
  await expect(updateRoom(db, asService(id), {title: 'Ours'})).rejects.toMatchObject({code: 'forbidden'});
  await expect(closeRoom(db, asService(id))).rejects.toMatchObject({code: 'forbidden'});
});
