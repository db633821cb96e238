import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {createWorld, silent} from '../../test/fixtures.ts';
import {addApiKey} from '../access/api-keys.ts';
import {leaveRoom, putMembers, updateMember} from '../rooms/members.ts';
import {updateRoom} from '../rooms/rooms.ts';
import {createAppender} from './append.ts';

const world = await createWorld();
const {db, adminDb, tenantId, account, guest, room, join, member, item, query} = world;
const appender = world.closing(
  createAppender(db, {log: silent, onCommitted: () => undefined, deadlineMs: 10_000}),
);

async function stage(slowSeconds: number | null = 60) {
  const [owner, other] = [await account(), await guest()];
  const {id: roomId} = await room(owner.id);
  await join(roomId, other.id);
  const asOwner = await member(roomId, owner.id);
  await updateRoom(db, asOwner, {slowSeconds});
  const send = (userId: string, more = {}) => appender.append({...item(roomId, userId), ...more});
  return {roomId, owner, other, asOwner, send};
}
const isSlowed = {code: 'rate_limited', details: {slowedUntil: expect.any(String)}};

test('a plain member waits between two messages, and is told how long', async () => {
  const {roomId, other, send} = await stage();
  const clientId = randomUUID();

  const {seq} = await send(other.id, {clientId});
  const refusal = await send(other.id).catch((error: unknown) => error);

  expect(refusal).toMatchObject(isSlowed);
  const {retryAfterMs} = refusal as {retryAfterMs: number};
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  expect(await send(other.id, {clientId})).toMatchObject({seq, duplicate: true});
  expect(await query('select from messages where room_id = $1', [roomId])).toHaveLength(1);
  await query(`update memberships set slowed_until = now() - interval '1 second' where room_id = $1`, [
    roomId,
  ]);
  expect(await send(other.id)).toMatchObject({duplicate: false});
  await expect(send(other.id)).rejects.toMatchObject(isSlowed);
});

test('of messages that come at once one is stored, and its copies are its duplicates', async () => {
  const {roomId, other, send} = await stage();
  const clientId = randomUUID();

  const outcomes = await Promise.allSettled([
    send(other.id, {clientId}),
    ...Array.from({length: 5}, () => send(other.id)),
    send(other.id, {clientId}),
  ]);

  expect(outcomes.map(({status}) => status)).toEqual([
    'fulfilled',
    ...Array.from({length: 5}, () => 'rejected'),
    'fulfilled',
  ]);
  expect(outcomes.at(-1)).toMatchObject({value: {duplicate: true}});
  expect(await query('select head from rooms where id = $1', [roomId])).toEqual([{head: 2}]);
});

test('moderators and services do not wait, nor whom a service calls as', async () => {
  const {roomId, owner, other, asOwner, send} = await stage();
  const {user: service} = await addApiKey(adminDb, {tenantId, service: 'desk'});
  await join(roomId, service.id);

  for (const userId of [owner.id, service.id]) {
    await send(userId);
    await send(userId);
  }
  const via = {id: service.id, kind: 'service', name: 'desk', color: '#112233'} as const;
  await send(other.id, {via});
  await send(other.id, {via});
  await send(other.id);
  await expect(send(other.id)).rejects.toMatchObject(isSlowed);
  await updateMember(db, asOwner, {userId: other.id, role: 'moderator'});
  await send(other.id);
});

test('who leaves and joins again still waits, also if the product adds them', async () => {
  const {roomId, other, send} = await stage();
  const {user: service} = await addApiKey(adminDb, {tenantId, service: 'staffing'});
  await join(roomId, service.id);
  await send(other.id);

  await leaveRoom(db, await member(roomId, other.id));
  await join(roomId, other.id);
  await expect(send(other.id)).rejects.toMatchObject(isSlowed);
  await leaveRoom(db, await member(roomId, other.id));
  await putMembers(db, await member(roomId, service.id), [{userId: other.id}]);
  await expect(send(other.id)).rejects.toMatchObject(isSlowed);
});

test('fewer seconds shorten a wait, and none end slow mode', async () => {
  const {other, asOwner, send} = await stage(3_600);
  await send(other.id);

  const {room: changed} = await updateRoom(db, asOwner, {slowSeconds: 30});
  expect(changed.slowSeconds).toBe(30);
  const refusal = await send(other.id).catch((error: unknown) => error);
  expect((refusal as {retryAfterMs: number}).retryAfterMs).toBeLessThanOrEqual(30_000);
  const {room: without} = await updateRoom(db, asOwner, {slowSeconds: null});
  expect(without).not.toHaveProperty('slowSeconds');
  await send(other.id);
  await send(other.id);
});
