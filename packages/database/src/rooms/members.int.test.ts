import type {Frame} from '@madang/protocol/log';
import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {addApiKey} from '../access/api-keys.ts';
import {createAppender} from '../messages/append.ts';
import {readLog, syncRoom} from '../delivery/log.ts';
import {addMember, joinRoom, leaveRoom, listMembers, removeMember, updateMember} from './members.ts';
import {grantManagement} from './membership.ts';
import {closeRoom, findRoomAccess, readRoom} from './rooms.ts';
import {createWorld, silent} from '../../test/fixtures.ts';
import {deleteUser} from '../users/users.ts';

const world = await createWorld();
const {db, tenantId, account, room, join, member, query, item} = world;
const {append} = world.closing(createAppender(db, {log: silent, onCommitted: () => {}, deadlineMs: 20_000}));

async function accounts(count: number) {
  const made = [];
  for (let no = 0; no < count; no++) made.push(await account());
  return made;
}

async function memberCount(roomId: string) {
  return (await readRoom(db, {tenantId, roomId}))!.memberCount;
}

const summary = ({entries}: Frame) =>
  entries.map(({rev, type, reason, user, room: changed}) => [
    rev,
    type,
    reason ?? changed?.owner.id,
    user?.id,
  ]);

test('admits exactly as many as the capacity, however many join at once', async () => {
  const owner = await account();
  const joiners = await accounts(60);
  for (let round = 0; round < 5; round++) {
    const {id} = await room(owner.id, {capacity: 20});

    const settled = await Promise.allSettled(joiners.map((user) => join(id, user.id)));

    const refused = settled.filter(({status}) => status === 'rejected');
    expect(refused).toHaveLength(41);
    expect(refused.every((one) => one.status === 'rejected' && one.reason.code === 'room_full')).toBe(true);
    expect(await memberCount(id)).toBe(20);
    const admitted = joiners[settled.findIndex(({status}) => status === 'fulfilled')]!;
    await leaveRoom(db, await member(id, admitted.id));
    await join(id, admitted.id);
    await expect(
      join(id, joiners[settled.findIndex(({status}) => status === 'rejected')]!.id),
    ).rejects.toMatchObject({code: 'room_full'});
  }
});

test('joining again changes nothing, and joining takes no rev', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);

  const first = await join(id, other!.id);
  const again = await Promise.all(Array.from({length: 10}, () => join(id, other!.id)));

  expect(first).toMatchObject({
    joined: true,
    state: {head: 0, membership: {role: 'member', joinedAt: 1, readSeq: 0}},
  });
  expect(first.state.room).toMatchObject({memberCount: 2, rev: 0});
  expect(again.map(({joined}) => joined)).toEqual(Array.from({length: 10}, () => false));
  expect(again[0]!.state).toEqual(first.state);
});

test('refuses everyone who may not enter', async () => {
  const [owner, other] = await accounts(2);
  const hidden = await room(owner!.id, {visibility: 'private'});
  const locked = await room(owner!.id, {passwordHash: 'now'});
  const closed = await room(owner!.id);
  await closeRoom(db, await member(closed.id, owner!.id));
  const enter = (roomId: string, more: {tenantId?: string; verifiedPasswordHash?: string} = {}) =>
    joinRoom(db, {tenantId, roomId, userId: other!.id, ...more});

  await expect(enter(hidden.id)).rejects.toMatchObject({code: 'not_found'});
  await expect(enter(randomUUID())).rejects.toMatchObject({code: 'not_found'});
  await expect(enter(locked.id, {tenantId: randomUUID()})).rejects.toMatchObject({code: 'not_found'});
  await expect(enter(closed.id)).rejects.toMatchObject({code: 'room_closed'});
  await expect(enter(locked.id)).rejects.toMatchObject({code: 'wrong_password'});
  await expect(enter(locked.id, {verifiedPasswordHash: 'before'})).rejects.toMatchObject({
    code: 'wrong_password',
  });
  await expect(enter(locked.id, {verifiedPasswordHash: 'now'})).resolves.toMatchObject({joined: true});
  await expect(enter(locked.id)).resolves.toMatchObject({joined: false});
});

test('signals a join to the other devices of the new member', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  await join(id, other!.id);

  const signals = await query('select kind, user_id from signals where room_id = $1 order by id', [id]);

  expect(signals).toEqual([
    {kind: 'joined', user_id: owner!.id},
    {kind: 'joined', user_id: other!.id},
  ]);
});

test('a kick ends hearing exactly at its rev', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  await append(item(id, owner!.id, 'before'));
  const {state} = await join(id, other!.id);
  await append(item(id, other!.id, 'during'));

  const {leftAt, frame} = await removeMember(db, await member(id, owner!.id), {userId: other!.id});
  await append(item(id, owner!.id, 'after'));

  expect(state.membership.joinedAt).toBe(2);
  expect(leftAt).toBe(3);
  expect(frame).toMatchObject({after: 2, head: 3, epoch: state.epoch});
  expect(summary(frame!)).toEqual([[3, 'left', 'removed', other!.id]]);
  const spans = await query(
    'select joined_at_rev, left_at_rev, reason from membership_spans where user_id = $1 and room_id = $2',
    [other!.id, id],
  );
  expect(spans).toEqual([{joined_at_rev: 2, left_at_rev: 3, reason: 'removed'}]);
  await expect(syncRoom(db, {roomId: id, userId: other!.id, after: 2, limit: 10})).rejects.toMatchObject({
    code: 'forbidden',
  });
});

test('a kick repeated, or raced by leaving, answers the same rev and moves nothing', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  await join(id, other!.id);
  const [asOwner, asOther] = [await member(id, owner!.id), await member(id, other!.id)];

  const ends = await Promise.all([
    ...Array.from({length: 5}, () => removeMember(db, asOwner, {userId: other!.id})),
    leaveRoom(db, asOther),
  ]);

  expect(new Set(ends.map(({leftAt}) => leftAt))).toEqual(new Set([1]));
  expect(ends.filter(({frame}) => frame !== undefined)).toHaveLength(1);
  expect((await readLog(db, {roomId: id, after: 0, limit: 10})).head).toBe(1);
  expect(await memberCount(id)).toBe(1);
});

test('an owner who leaves is followed by the oldest moderator, else the oldest member', async () => {
  const [owner, first, second] = await accounts(3);
  const {id} = await room(owner!.id);
  await join(id, first!.id);
  await join(id, second!.id);
  await updateMember(db, await member(id, owner!.id), {userId: second!.id, role: 'moderator'});

  const left = await leaveRoom(db, await member(id, owner!.id));
  expect(summary(left.frame!)).toEqual([
    [1, 'left', 'left', owner!.id],
    [2, 'room', second!.id, undefined],
  ]);
  expect(left.leftAt).toBe(1);
  await leaveRoom(db, await member(id, second!.id));

  expect(await member(id, first!.id)).toMatchObject({role: 'owner'});
  expect((await readRoom(db, {tenantId, roomId: id}))!.owner.id).toBe(first!.id);
});

test('an empty room goes to the first who enters it', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  await leaveRoom(db, await member(id, owner!.id));

  const {state, frame} = await join(id, other!.id);

  expect(state).toMatchObject({
    head: 2,
    membership: {role: 'owner', joinedAt: 3},
    room: {owner: {id: other!.id}},
  });
  expect(summary(frame!)).toEqual([[2, 'room', other!.id, undefined]]);
});

test('a ban ends the membership and everything else, until it is lifted and one joins again', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  await join(id, other!.id);
  const asOwner = await member(id, owner!.id);

  const ban = await updateMember(db, asOwner, {userId: other!.id, banned: true});
  expect(ban).toMatchObject({leftAt: 1, member: {banned: true, role: 'member', user: {id: other!.id}}});
  expect(summary(ban.frame!)).toEqual([[1, 'left', 'banned', other!.id]]);
  expect(await memberCount(id)).toBe(1);
  await expect(join(id, other!.id)).rejects.toMatchObject({code: 'banned'});
  await expect(addMember(db, asOwner, {userId: other!.id})).rejects.toMatchObject({code: 'banned'});
  await expect(syncRoom(db, {roomId: id, userId: other!.id, after: 0, limit: 9})).rejects.toMatchObject({
    code: 'banned',
  });
  expect(await findRoomAccess(db, {tenantId, roomId: id, userId: other!.id})).toMatchObject({banned: true});
  expect((await updateMember(db, asOwner, {userId: other!.id, banned: true})).frame).toBeUndefined();

  const lifted = await updateMember(db, asOwner, {userId: other!.id, banned: false});
  expect(lifted.member.banned).toBeUndefined();
  expect(await findRoomAccess(db, {tenantId, roomId: id, userId: other!.id})).toMatchObject({
    banned: false,
    membership: undefined,
  });
  await expect(join(id, other!.id)).resolves.toMatchObject({
    joined: true,
    state: {membership: {joinedAt: 2}},
  });
});

test('leaving is no way around a ban', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  await join(id, other!.id);
  await leaveRoom(db, await member(id, other!.id));

  const ban = await updateMember(db, await member(id, owner!.id), {userId: other!.id, banned: true});

  expect(ban.leftAt).toBeUndefined();
  await expect(join(id, other!.id)).rejects.toMatchObject({code: 'banned'});
  expect(await memberCount(id)).toBe(1);
});

test('moderators manage members of lower rank, owners everyone, members nobody', async () => {
  const [owner, moderator, second, plain, guest] = await accounts(5);
  const {id} = await room(owner!.id);
  for (const user of [moderator, second, plain]) await join(id, user!.id);
  const asOwner = await member(id, owner!.id);
  await updateMember(db, asOwner, {userId: moderator!.id, role: 'moderator'});
  await updateMember(db, asOwner, {userId: second!.id, role: 'moderator'});
  const [asModerator, asPlain] = [await member(id, moderator!.id), await member(id, plain!.id)];
  const forbidden = {code: 'forbidden'};

  await expect(removeMember(db, asPlain, {userId: moderator!.id})).rejects.toMatchObject(forbidden);
  await expect(addMember(db, asPlain, {userId: guest!.id})).rejects.toMatchObject(forbidden);
  await expect(removeMember(db, asModerator, {userId: owner!.id})).rejects.toMatchObject(forbidden);
  await expect(removeMember(db, asModerator, {userId: second!.id})).rejects.toMatchObject(forbidden);
  await expect(updateMember(db, asModerator, {userId: plain!.id, role: 'moderator'})).rejects.toMatchObject(
    forbidden,
  );
  await expect(updateMember(db, asModerator, {userId: second!.id, banned: true})).rejects.toMatchObject(
    forbidden,
  );
  await expect(updateMember(db, asModerator, {userId: owner!.id, mutedUntil: null})).rejects.toMatchObject(
    forbidden,
  );
  await expect(addMember(db, asModerator, {userId: guest!.id, role: 'moderator'})).rejects.toMatchObject(
    forbidden,
  );
  await expect(updateMember(db, asOwner, {userId: owner!.id, role: 'member'})).rejects.toMatchObject(
    forbidden,
  );
  await expect(updateMember(db, asOwner, {userId: guest!.id, mutedUntil: null})).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(removeMember(db, asOwner, {userId: guest!.id})).rejects.toMatchObject({code: 'not_found'});
  await expect(addMember(db, asOwner, {userId: randomUUID()})).rejects.toMatchObject({code: 'not_found'});

  await expect(addMember(db, asModerator, {userId: guest!.id})).resolves.toMatchObject({
    joined: true,
    member: {role: 'member'},
  });
  await expect(removeMember(db, asModerator, {userId: plain!.id})).resolves.toMatchObject({leftAt: 1});
  await expect(removeMember(db, asOwner, {userId: second!.id})).resolves.toMatchObject({leftAt: 2});
});

test('rights are looked at again under the lock: proof that has grown old is refused', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  await join(id, other!.id);
  const old = await member(id, owner!.id);
  await updateMember(db, old, {userId: other!.id, role: 'owner'});

  await expect(removeMember(db, old, {userId: other!.id})).rejects.toMatchObject({code: 'forbidden'});
  await expect(closeRoom(db, old)).rejects.toMatchObject({code: 'forbidden'});
});

test('a mute runs on for who leaves or is put out, however they come back, until it is lifted', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  const userId = other!.id;
  const asOwner = await member(id, owner!.id);
  const mutedUntil = new Date(Date.now() + 3_600_000).toISOString();
  const ban = (banned: boolean) => updateMember(db, asOwner, {userId, banned});
  const rejoin = () => join(id, userId);
  const ways = {
    'left, joined': [async () => leaveRoom(db, await member(id, userId)), rejoin],
    'left, added': [
      async () => leaveRoom(db, await member(id, userId)),
      () => addMember(db, asOwner, {userId}),
    ],
    'removed, joined': [() => removeMember(db, asOwner, {userId}), rejoin],
    'banned, joined': [() => ban(true).then(() => ban(false)), rejoin],
  } as const;
  await join(id, userId);
  await updateMember(db, asOwner, {userId, mutedUntil});

  for (const [way, [goOut, comeBack]] of Object.entries(ways)) {
    await goOut();
    expect([way, (await comeBack()).state.membership.mutedUntil]).toEqual([way, mutedUntil]);
    await expect(append(item(id, userId)), way).rejects.toMatchObject({
      code: 'forbidden',
      details: {mutedUntil},
    });
  }

  await updateMember(db, asOwner, {userId, mutedUntil: null});
  await leaveRoom(db, await member(id, userId));
  expect((await rejoin()).state.membership.mutedUntil).toBeUndefined();
});

test('handing the room over is an entry of its log', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  await join(id, other!.id);

  const {frame, member: shown} = await updateMember(db, await member(id, owner!.id), {
    userId: other!.id,
    role: 'owner',
  });

  expect(shown.role).toBe('owner');
  expect(summary(frame!)).toEqual([[1, 'room', other!.id, undefined]]);
  expect(await member(id, owner!.id)).toMatchObject({role: 'moderator'});
});

test('adding respects the capacity and a private room', async () => {
  const [owner, first, second] = await accounts(3);
  const {id} = await room(owner!.id, {visibility: 'private', capacity: 2});
  const asOwner = await member(id, owner!.id);

  const added = await addMember(db, asOwner, {userId: first!.id, role: 'moderator'});
  expect(added).toMatchObject({
    joined: true,
    member: {role: 'moderator'},
    state: {membership: {role: 'moderator'}},
  });
  await expect(addMember(db, asOwner, {userId: second!.id})).rejects.toMatchObject({code: 'room_full'});
  expect(await addMember(db, asOwner, {userId: first!.id})).toMatchObject({joined: false});
});

const roleOf = async (roomId: string, userId: string) => (await member(roomId, userId)).role;

test("an owner's explicit role is set for someone who is in the room already; none given leaves it", async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  await join(id, other!.id);
  const asOwner = await member(id, owner!.id);
  const signals = () =>
    query<{n: string}>(
      "select count(*) as n from signals where room_id = $1 and user_id = $2 and kind = 'user'",
      [id, other!.id],
    ).then(([row]) => Number(row!.n));
  const add = (role?: 'moderator' | 'member') => addMember(db, asOwner, {userId: other!.id, role});

  expect(await add('moderator')).toMatchObject({joined: false, changed: true, member: {role: 'moderator'}});
  expect(await roleOf(id, other!.id)).toBe('moderator');
  expect(await signals()).toBe(1);

  expect(await add()).toMatchObject({joined: false, changed: false, member: {role: 'moderator'}});
  expect(await add('moderator')).toMatchObject({changed: false, member: {role: 'moderator'}});
  expect(await signals()).toBe(1);

  expect(await add('member')).toMatchObject({changed: true, member: {role: 'member'}});
  expect(await roleOf(id, other!.id)).toBe('member');
  expect(
    await query("select actor_id, user_id from audit_log where room_id = $1 and action = 'member:update'", [
      id,
    ]),
  ).toEqual([
    {actor_id: owner!.id, user_id: other!.id},
    {actor_id: owner!.id, user_id: other!.id},
  ]);
});

test('a moderator changes nobody’s role by adding, and nobody the role of the owner', async () => {
  const [owner, moderator, second, plain] = await accounts(4);
  const {id} = await room(owner!.id);
  for (const user of [moderator, second, plain]) await join(id, user!.id);
  const asOwner = await member(id, owner!.id);
  await updateMember(db, asOwner, {userId: moderator!.id, role: 'moderator'});
  await updateMember(db, asOwner, {userId: second!.id, role: 'moderator'});
  const asModerator = await member(id, moderator!.id);
  const add = (as: typeof asOwner, userId: string, role?: 'moderator' | 'member') =>
    addMember(db, as, {userId, role});

  await expect(add(asModerator, plain!.id, 'moderator')).rejects.toMatchObject({code: 'forbidden'});
  await expect(add(asModerator, second!.id, 'member')).rejects.toMatchObject({code: 'forbidden'});
  await expect(add(asModerator, moderator!.id, 'member')).rejects.toMatchObject({code: 'forbidden'});
  await expect(add(asModerator, owner!.id, 'member')).rejects.toMatchObject({code: 'forbidden'});
  await expect(add(asOwner, owner!.id, 'member')).rejects.toMatchObject({code: 'conflict'});
  await expect(add(asOwner, plain!.id, 'owner' as 'member')).rejects.toMatchObject({code: 'forbidden'});

  expect(await add(asModerator, plain!.id, 'member')).toMatchObject({changed: false});
  expect(await add(asModerator, second!.id)).toMatchObject({member: {role: 'moderator'}});
  expect(await add(asModerator, owner!.id)).toMatchObject({member: {role: 'owner'}});
  for (const [user, role] of [
    [owner, 'owner'],
    [moderator, 'moderator'],
    [second, 'moderator'],
    [plain, 'member'],
  ] as const)
    expect(await roleOf(id, user!.id)).toBe(role);
});

test('adding to an empty room may be repeated, though the room gives another role than asked for', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  const service = await insertService('desk');
  await leaveRoom(db, await member(id, owner!.id));
  const asService = grantManagement({tenantId, roomId: id, userId: service});
  const add = () => addMember(db, asService, {userId: other!.id, role: 'moderator'});

  expect(await add()).toMatchObject({joined: true, member: {role: 'owner'}});
  expect(await add()).toMatchObject({joined: false, changed: false, member: {role: 'owner'}});
});

async function insertService(name: string): Promise<string> {
  await addApiKey(world.adminDb, {tenantId, service: name});
  const [row] = await query<{id: string}>("select id from users where kind = 'service' and name = $1", [
    name,
  ]);
  return row!.id;
}

test('the release before this one never demotes, though it says `member` where nothing was said', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  await join(id, other!.id);
  await updateMember(db, await member(id, owner!.id), {userId: other!.id, role: 'moderator'});

  await query("select add_member($1, $2, $3, 'member')", [id, owner!.id, other!.id]);

  expect(await roleOf(id, other!.id)).toBe('moderator');
});

test('someone who was deleted can neither join nor be added', async () => {
  const [owner, other] = await accounts(2);
  const {id} = await room(owner!.id);
  await deleteUser(db, {userId: other!.id});

  await expect(join(id, other!.id)).rejects.toMatchObject({code: 'unauthenticated'});
  await expect(addMember(db, await member(id, owner!.id), {userId: other!.id})).rejects.toMatchObject({
    code: 'not_found',
  });
});

test('lists members page by page, and only those asked for', async () => {
  const [owner, ...others] = await accounts(6);
  const {id} = await room(owner!.id);
  for (const user of others) await join(id, user.id);

  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await listMembers(db, {roomId: id, after, limit: 4});
    ids.push(...page.members.map(({user}) => user.id));
    after = page.next;
  } while (after !== undefined);

  expect(ids.sort()).toEqual([owner!, ...others].map((user) => user.id).sort());
  const some = await listMembers(db, {roomId: id, userIds: [others[0]!.id, randomUUID()], limit: 4});
  expect(some.members.map(({user}) => user.id)).toEqual([others[0]!.id]);
  await expect(listMembers(db, {roomId: id, after: 'forged', limit: 4})).rejects.toMatchObject({
    code: 'invalid',
  });
});
