import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {limits} from '@madang/protocol/limits';
import {leaveRoom} from './members.ts';
import {grantMembership} from './membership.ts';
import {closeRoom, createRoom, findRoomAccess, listRooms, readRoom, updateRoom} from './rooms.ts';
import {createWorld} from '../../test/fixtures.ts';

const world = await createWorld();
const {db, tenantId, generalRoomId, account, guest, room, join, member, query} = world;

test('a new room has its creator as owner and first member', async () => {
  const owner = await account();

  const {state, created} = await createRoom(db, {
    tenantId,
    userId: owner.id,
    title: 'Attic',
    visibility: 'private',
    passwordHash: 'hash',
    capacity: 5,
    ephemeral: true,
  });

  expect(created).toBe(true);
  expect(state).toMatchObject({
    room: {
      title: 'Attic',
      kind: 'room',
      visibility: 'private',
      locked: true,
      capacity: 5,
      ephemeral: true,
      owner: {id: owner.id},
      rev: 0,
      memberCount: 1,
    },
    membership: {role: 'owner', joinedAt: 1, readSeq: 0},
    head: 0,
    unread: 0,
  });
  expect(state.epoch).toMatch(/^\d+\.\d+$/);
  expect(JSON.stringify(state)).not.toContain('hash');
});

test('the same clientId of the same creator gets the same room', async () => {
  const [owner, other] = [await account(), await account()];
  const clientId = randomUUID();
  const open = (userId: string) =>
    createRoom(db, {tenantId, userId, title: 'Once', visibility: 'public', ephemeral: false, clientId});

  const made = await Promise.all(Array.from({length: 10}, () => open(owner.id)));

  expect(new Set(made.map(({state}) => state.room.id)).size).toBe(1);
  expect(made.filter(({created}) => created)).toHaveLength(1);
  expect((await open(other.id)).state.room.id).not.toBe(made[0]!.state.room.id);
  await closeRoom(db, await member(made[0]!.state.room.id, owner.id));
  await expect(open(owner.id)).rejects.toMatchObject({code: 'room_closed'});
});

test('an update is an entry of the log and changes only what it names', async () => {
  const owner = await account();
  const {id} = await room(owner.id, {passwordHash: 'first', capacity: 9});
  const asOwner = await member(id, owner.id);
  const hash = async () => (await findRoomAccess(db, {tenantId, roomId: id, userId: owner.id}))!.passwordHash;

  const renamed = await updateRoom(db, asOwner, {title: 'Cellar'});
  expect(renamed.room).toMatchObject({title: 'Cellar', capacity: 9, locked: true, rev: 1, memberCount: 1});
  expect(renamed.frame).toMatchObject({
    after: 0,
    head: 1,
    entries: [{rev: 1, type: 'room', room: {title: 'Cellar'}}],
  });
  expect(await hash()).toBe('first');
  await updateRoom(db, asOwner, {passwordHash: null, visibility: 'private'});
  expect(await hash()).toBeUndefined();
  expect((await updateRoom(db, asOwner, {})).frame).toBeUndefined();
});

test('a capacity below the number of members is refused', async () => {
  const owner = await account();
  const {id} = await room(owner.id);
  await join(id, (await account()).id);
  await join(id, (await account()).id);
  const asOwner = await member(id, owner.id);

  await expect(updateRoom(db, asOwner, {capacity: 2})).rejects.toMatchObject({code: 'conflict'});
  await expect(updateRoom(db, asOwner, {capacity: 3})).resolves.toMatchObject({room: {capacity: 3}});
});

test('closing takes one rev, is final, and touches no membership', async () => {
  const owner = await account();
  const {id} = await room(owner.id);
  const asOwner = await member(id, owner.id);

  const {room: closed, frame} = await closeRoom(db, asOwner);

  expect(closed.closedAt).toBeDefined();
  expect(frame!.entries).toMatchObject([{rev: 1, type: 'room', room: {closedAt: closed.closedAt}}]);
  expect(await closeRoom(db, asOwner)).toEqual({room: closed});
  await expect(updateRoom(db, asOwner, {title: 'Late'})).rejects.toMatchObject({code: 'room_closed'});
  await expect(leaveRoom(db, asOwner)).rejects.toMatchObject({code: 'room_closed'});
  expect(await findRoomAccess(db, {tenantId, roomId: id, userId: owner.id})).toMatchObject({
    room: {closedAt: closed.closedAt},
    membership: {role: 'owner'},
  });
});

test('closing again answers the owner with the room, and nobody else', async () => {
  const [owner, other, stranger] = [await account(), await account(), await account()];
  const {id} = await room(owner.id);
  await join(id, other.id);
  const [asOwner, asOther] = [await member(id, owner.id), await member(id, other.id)];
  const closings = await Promise.all(Array.from({length: 5}, () => closeRoom(db, asOwner)));

  expect(closings.filter(({frame}) => frame !== undefined)).toHaveLength(1);
  expect(new Set(closings.map(({room: closed}) => closed.closedAt)).size).toBe(1);
  await expect(closeRoom(db, asOther)).rejects.toMatchObject({code: 'room_closed'});
  const asStranger = grantMembership({...asOther, userId: stranger.id, role: 'owner'});
  await expect(closeRoom(db, asStranger)).rejects.toMatchObject({code: 'forbidden'});
});

test('general is never closed, and accounts may leave it', async () => {
  const [user, visitor] = [await account(), await guest()];
  const asMember = await member(generalRoomId, user.id);
  const [{owner_id: ownerId}] = (await query<{owner_id: string}>('select owner_id from rooms where id = $1', [
    generalRoomId,
  ])) as [{owner_id: string}];
  await query(
    `insert into memberships (tenant_id, room_id, user_id, role, joined_at_rev, read_seq) values ($1, $2, $3, 'owner', 1, 0)`,
    [tenantId, generalRoomId, ownerId],
  );
  const asOwner = grantMembership({...asMember, userId: ownerId, role: 'owner'});

  await expect(closeRoom(db, asMember)).rejects.toMatchObject({code: 'forbidden'});
  await expect(closeRoom(db, asOwner)).rejects.toMatchObject({code: 'forbidden'});
  await expect(join(generalRoomId, visitor.id)).resolves.toMatchObject({joined: true});
  await expect(leaveRoom(db, asMember)).resolves.toMatchObject({frame: {entries: [{type: 'left'}]}});
  expect((await readRoom(db, {tenantId, roomId: generalRoomId}))!.title).toBe('general');
});

test('lists open public rooms, newest first, by title', async () => {
  const owner = await account();
  const titles = ['Red room', 'Blue room', 'Green hall', '50% room'];
  for (const title of titles) await room(owner.id, {title});
  await room(owner.id, {title: 'Secret room', visibility: 'private'});
  const closed = await room(owner.id, {title: 'Closed room'});
  await closeRoom(db, await member(closed.id, owner.id));
  const list = (more: {query?: string; after?: string; limit?: number}) =>
    listRooms(db, {tenantId, limit: 10, ...more});

  const first = await list({query: 'ROOM', limit: 2});
  const second = await list({query: 'ROOM', limit: 2, after: first.next});

  expect(first.rooms.map(({title}) => title)).toEqual(['50% room', 'Blue room']);
  expect(second.rooms.map(({title}) => title)).toEqual(['Red room']);
  expect(second.next).toBeUndefined();
  expect((await list({query: '0%'})).rooms.map(({title}) => title)).toEqual(['50% room']);
  expect(first.rooms[0]!.memberCount).toBe(1);
  await expect(list({after: Buffer.from('["x","y"]').toString('base64url')})).rejects.toMatchObject({
    code: 'invalid',
  });
});

test('rooms of another tenant are not found', async () => {
  const owner = await account();
  const {id} = await room(owner.id);

  expect(await readRoom(db, {tenantId: randomUUID(), roomId: id})).toBeUndefined();
  expect(await findRoomAccess(db, {tenantId: randomUUID(), roomId: id, userId: owner.id})).toBeUndefined();
});

test("only the room that a tenant's accounts are in from the start is marked as the default one", async () => {
  const owner = await account();
  const made = await room(owner.id, {title: 'general'});

  const general = await findRoomAccess(db, {tenantId, roomId: world.generalRoomId, userId: owner.id});

  expect(general!.room.isDefault).toBe(true);
  expect(made).not.toHaveProperty('isDefault');
});

test('nobody owns more rooms, or is in more, than the caps allow', async () => {
  const [owner, visitor] = [await account(), await guest()];
  const atOnce = 250;
  const fill = async (userId: string, role: string, count: number) => {
    for (let left = count; left > 0; left -= atOnce) {
      await query(
        `with made as (
          insert into rooms (id, tenant_id, title, visibility, owner_id, created_by)
          select gen_random_uuid(), $1, 'filler', 'public', $2, $2 from generate_series(1, $4::int) returning id)
        insert into memberships (tenant_id, room_id, user_id, role, joined_at_rev, read_seq)
        select $1, id, $2, $3, 1, 0 from made`,
        [tenantId, userId, role, Math.min(left, atOnce)],
      );
    }
  };
  await fill(visitor.id, 'owner', limits.ownedRooms - 1);
  await room(visitor.id);

  await expect(room(visitor.id)).rejects.toMatchObject({
    code: 'forbidden',
    details: {quota: 'ownedRooms', max: limits.ownedRooms},
  });

  await fill(visitor.id, 'member', limits.memberships - limits.ownedRooms);
  const [open, other] = [await room(owner.id), await account()];
  const joins = await Promise.allSettled([join(open.id, visitor.id), join(open.id, other.id)]);
  expect(joins).toMatchObject([
    {status: 'rejected', reason: {code: 'forbidden', details: {quota: 'memberships'}}},
    {status: 'fulfilled'},
  ]);
});
