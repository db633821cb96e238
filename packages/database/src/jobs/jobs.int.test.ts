import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {createAppender} from '../messages/append.ts';
import {attend, depart} from '../delivery/attendances.ts';
import {
  blankClosedRooms,
  blankGoneUsers,
  closeEmptyRooms,
  deleteUnseenGuests,
  endDepartedMembers,
  endMembershipsOfDeletedUsers,
  pruneMoves,
  pruneNodes,
  pruneSignals,
  tryJob,
} from './jobs.ts';
import {syncRoom} from '../delivery/log.ts';
import {leaveRoom} from '../rooms/members.ts';
import {createPulse, leaveCluster} from '../delivery/pulse.ts';
import {closeRoom, readRoom, updateRoom} from '../rooms/rooms.ts';
import {noteSeen, signOutSession} from '../access/sessions.ts';
import {createWorld, silent, until} from '../../test/fixtures.ts';
import {deleteUser} from '../users/users.ts';

const world = await createWorld();
const {db, tenantId, account, guest, room, join, member, item, query} = world;
const {append} = world.closing(createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 20_000}));

/** A node with a lease. */
async function node(leaseMs = 60_000) {
  const nodeId = randomUUID();
  await world.closing(createPulse(db, {nodeId, leaseMs})).ask([]);
  return nodeId;
}

/** An ephemeral room of two guests, joined a minute ago. */
async function campfire() {
  const [owner, other] = [await guest(), await guest()];
  const {id} = await room(owner.id, {ephemeral: true});
  await join(id, other.id);
  await query(`update memberships set created_at = now() - interval '1 minute' where room_id = $1`, [id]);
  await query(`update rooms set ephemeral_since = now() - interval '1 minute' where id = $1`, [id]);
  return {id, owner, other};
}

const graceMs = 300;
/** The users who leave the room when the worker checks now. */
async function departed(roomId: string) {
  const frames = await endDepartedMembers(db, {graceMs});
  return frames
    .filter((frame) => frame.roomId === roomId)
    .flatMap(({entries}) => entries.filter(({type}) => type === 'left').map(({user}) => user!.id));
}

test('a member of an ephemeral room stays while connected through any living node, and for the grace period', async () => {
  const {id, owner, other} = await campfire();
  const [one, two] = [await node(), await node()];
  await attend(db, one, [{roomId: id, userId: owner.id}]);
  await attend(db, one, [{roomId: id, userId: other.id}]);
  await attend(db, two, [{roomId: id, userId: other.id}]);

  await depart(db, one, [{roomId: id, userId: other.id}]);
  await depart(db, one, [{roomId: id, userId: owner.id}]);
  expect(await departed(id)).toEqual([]);
  expect(
    await until('the grace period to end', async () => {
      const gone = await departed(id);
      return gone.length > 0 && gone;
    }),
  ).toEqual([owner.id]);
  expect(await departed(id)).toEqual([]);
  await depart(db, two, [{roomId: id, userId: other.id}]);
  await attend(db, one, [{roomId: id, userId: other.id}]);
  expect(await departed(id)).toEqual([]);
});

test('what a dead node said does not count', async () => {
  const {id, owner, other} = await campfire();
  const [alive, dead] = [await node(), await node()];
  await attend(db, alive, [{roomId: id, userId: owner.id}]);
  await attend(db, dead, [{roomId: id, userId: other.id}]);
  expect(await departed(id)).toEqual([]);

  await leaveCluster(db, {nodeId: dead});

  expect(
    await until('the grace period to end', async () => {
      const gone = await departed(id);
      return gone.length > 0 && gone;
    }),
  ).toEqual([other.id]);
});

test('rooms that are not ephemeral keep their members, and one that becomes so counts from then', async () => {
  const owner = await account();
  const {id} = await room(owner.id);
  await query(`update memberships set created_at = now() - interval '1 hour' where room_id = $1`, [id]);
  await attend(db, 'any', [{roomId: id, userId: owner.id}]);
  expect(await query('select from attendances where room_id = $1', [id])).toEqual([]);
  expect(await departed(id)).toEqual([]);

  await updateRoom(db, await member(id, owner.id), {ephemeral: true});
  expect(await departed(id)).toEqual([]);
});

test('an ephemeral room closes some time after its last member is gone, unless someone came', async () => {
  const [left, rejoined, lasting] = [await campfire(), await campfire(), await account()];
  const plain = await room(lasting.id);
  await leaveRoom(db, await member(plain.id, lasting.id));
  for (const {id, owner, other} of [left, rejoined]) {
    await leaveRoom(db, await member(id, owner.id));
    await leaveRoom(db, await member(id, other.id));
  }
  await join(rejoined.id, rejoined.other.id);

  expect(await closeEmptyRooms(db, {afterMs: 10_000})).toEqual([]);
  const closed = await closeEmptyRooms(db, {afterMs: 0});

  expect(closed.map(({room: {id}}) => id)).toEqual([left.id]);
  expect(closed[0]!.frame.entries.at(-1)).toMatchObject({
    type: 'room',
    room: {closedAt: closed[0]!.room.closedAt},
  });
  expect((await readRoom(db, {tenantId, roomId: plain.id}))!.closedAt).toBeUndefined();
});

test('a job runs on one process at a time', async () => {
  const order: string[] = [];
  const [began, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = tryJob(db, 'sweep', () => {
    began.resolve();
    return finish.promise;
  });
  await began.promise;

  expect(await tryJob(db, 'sweep', async () => void order.push('stolen'))).toBe(false);
  expect(await tryJob(db, 'other', async () => void order.push('other'))).toBe(true);
  finish.resolve();
  expect(await first).toBe(true);
  expect(
    await until('the lock to be free', () => tryJob(db, 'sweep', async () => void order.push('second'))),
  ).toBe(true);
  expect(order).toEqual(['other', 'second']);
});

test('someone who was deleted leaves every room, and the messages go as entries of the log', async () => {
  const [owner, gone] = [await account(), await account('goner')];
  const rooms = [await room(owner.id), await room(gone.id)];
  await join(rooms[0]!.id, gone.id);
  await join(rooms[1]!.id, owner.id);
  const message = item(rooms[0]!.id, gone.id, 'personal');
  await append(message);
  await append(item(rooms[0]!.id, owner.id, 'kept'));
  await deleteUser(db, {userId: gone.id});

  const left = await endMembershipsOfDeletedUsers(db, {limit: 100});
  const blanked = await blankGoneUsers(db, {limit: 100});

  // The two rooms and `general`.
  expect(left.map(({roomId}) => roomId)).toHaveLength(3);
  expect(left.find(({roomId}) => roomId === rooms[1]!.id)!.entries).toMatchObject([
    {type: 'left', user: {id: gone.id, name: 'deleted'}},
    {type: 'room', room: {owner: {id: owner.id}}},
  ]);
  expect(blanked).toBe(1);
  const frame = await syncRoom(db, {roomId: rooms[0]!.id, userId: owner.id, after: 0, limit: 10});
  expect(frame.entries).toMatchObject([
    {type: 'message', message: {text: 'kept'}},
    {type: 'left', user: {name: 'deleted'}},
    {type: 'delete', message: {seq: 1, text: '', sender: {name: 'deleted'}}},
  ]);
  expect(await append({...message, receivedAt: performance.now()})).toMatchObject({duplicate: true, seq: 1});
  expect(await endMembershipsOfDeletedUsers(db, {limit: 100})).toEqual([]);
  expect(await query('select from users where id = $1 and ended_at is not null', [gone.id])).toHaveLength(1);
});

test('a closed room is blanked in chunks, and late retries still find their first result', async () => {
  const owner = await account();
  const {id} = await room(owner.id);
  const message = item(id, owner.id, 'secret');
  const first = await append(message);
  for (let no = 0; no < 4; no++) await append(item(id, owner.id, 'secret'));
  await closeRoom(db, await member(id, owner.id));
  expect(await blankClosedRooms(db, {limit: 2, afterMs: 60_000})).toBe(0);

  const counts: number[] = [];
  for (let count = 1; count > 0;) {
    count = await blankClosedRooms(db, {limit: 2});
    counts.push(count);
  }

  expect(counts.slice(-4, -1)).toEqual([2, 2, 1]);
  expect(await query(`select from messages where room_id = $1 and text <> ''`, [id])).toEqual([]);
  expect(await append({...message, receivedAt: performance.now()})).toEqual({...first, duplicate: true});
});

test('a guest that never opened a socket is deleted after an hour, one that did is not', async () => {
  const [never, once] = [await guest(), await guest()];
  await noteSeen(db, {userIds: [once.id]});
  await query(
    `update users set created_at = created_at - interval '61 minutes', seen_at = seen_at - interval '61 minutes'
     where id = any ($1)`,
    [[never.id, once.id]],
  );

  expect(await deleteUnseenGuests(db, {unseenMs: 30 * 86_400_000, neverSeenMs: 3_600_000, limit: 10})).toBe(
    1,
  );

  const gone = await query<{id: string}>(
    'select id from users where deleted_at is not null and id = any ($1)',
    [[never.id, once.id]],
  );
  expect(gone).toEqual([{id: never.id}]);
});

test('guests unseen for long are deleted, accounts are not', async () => {
  const [visitor, recent, old] = [await guest(), await guest(), await account()];
  await query(`update users set seen_at = now() - interval '40 days' where id = any ($1)`, [
    [visitor.id, old.id],
  ]);

  expect(await deleteUnseenGuests(db, {unseenMs: 30 * 86_400_000, neverSeenMs: 3_600_000, limit: 10})).toBe(
    1,
  );

  const gone = await query<{id: string}>(
    'select id from users where deleted_at is not null and id = any ($1)',
    [[visitor.id, recent.id, old.id]],
  );
  expect(gone).toEqual([{id: visitor.id}]);
});

test('signals and nodes are forgotten after their time', async () => {
  await signOutSession(db, {sessionHash: 'kept'});
  await query(`update signals set at = now() - interval '2 hours'`);
  const gone = await node();
  await leaveCluster(db, {nodeId: gone});

  const keep = {sessionKeepMs: 90 * 86_400_000, otherKeepMs: 3_600_000};
  await pruneSignals(db, keep);
  // Old ones may have been committed just now: no mark proves that nodes have had time to see them.
  expect(await query(`select from signals where kind <> 'session'`)).not.toEqual([]);
  await until('the other signals to go', async () => {
    await pruneMoves(db, {keepMs: 0, limit: 1_000});
    await pruneSignals(db, keep);
    return (await query(`select from signals where kind <> 'session'`)).length === 0;
  });
  await pruneNodes(db, {expiredMs: 0});

  expect(await query('select kind from signals')).toEqual([{kind: 'session'}]);
  expect(await query('select from nodes where id = $1', [gone])).toEqual([]);
});
