import {presetPolicy} from '@madang/protocol/policy-presets';
import {policy as policySchema, type GivenPolicy, type Policy} from '@madang/protocol/policy';
import {randomUUID} from 'node:crypto';
import {expect, test} from 'vitest';
import {createWorld, silent} from '../../test/fixtures.ts';
import {readSubscription} from '../delivery/log.ts';
import {createAppender} from '../messages/append.ts';
import {deleteMessage, editMessage} from '../messages/messages.ts';
import {addMember, joinRoom, removeMember, updateMember} from '../rooms/members.ts';
import {createRoom, openDirect, updateRoom} from '../rooms/rooms.ts';
import {setPolicy} from './policies.ts';

const world = await createWorld();
const {db, adminDb, tenantId, account, guest, room, join, member, item, query} = world;
const appender = world.closing(createAppender(db, {log: silent, onCommitted() {}}));
const community = presetPolicy('community');

const set = (policy: Policy) => setPolicy(adminDb, {tenantId, policy, changes: []});
const setRoom = (rule: GivenPolicy['types']['room']) =>
  set(policySchema.parse({...community, types: {...community.types, room: rule}}));
const notGranted = (grant: string) => ({code: 'forbidden', details: {grant}});
const send = (roomId: string, userId: string) => appender.append(item(roomId, userId));

/** An owner, a moderator and a member, each with a message in a new room. */
async function peopled() {
  const [owner, moderator, plain] = [await account(), await account(), await account()];
  const {id: roomId} = await room(owner.id);
  for (const {id} of [moderator, plain]) await join(roomId, id);
  await updateMember(db, await member(roomId, owner.id), {userId: moderator.id, role: 'moderator'});
  const seqs: Record<string, number> = {};
  for (const {id} of [owner, moderator, plain]) seqs[id] = (await send(roomId, id)).seq;
  return {roomId, owner: owner.id, moderator: moderator.id, plain: plain.id, seqs};
}

test('a member is told what the policy grants, by role', async () => {
  await set(community);
  const {roomId, owner, moderator, plain} = await peopled();
  const may = async (userId: string) => (await readSubscription(db, {roomId, userId}))!.membership.may;
  const asMember = ['create', 'join', 'members', 'history', 'send', 'attach', 'data', 'edit', 'delete'];

  expect(await may(plain)).toEqual(asMember);
  const asModerator = ['create', 'join', 'add', ...asMember.slice(2), 'moderate'];
  expect(await may(moderator)).toEqual(asModerator);
  expect(await may(owner)).toEqual([...asModerator, 'manage']);
  const {state} = await openDirect(db, {tenantId, userId: owner, otherId: plain});
  expect(state.membership.may).toEqual(asMember.filter((grant) => grant !== 'join'));
});

test('what a grant is taken from fails with the next write, and comes back with it', async () => {
  const {roomId, owner, moderator, plain, seqs} = await peopled();
  const newcomer = (await account()).id;
  const asMember = async (userId: string) => await member(roomId, userId);
  const acts = {
    create: () => createRoom(db, {tenantId, userId: plain, title: 'x', ephemeral: false}),
    join: () => joinRoom(db, {tenantId, roomId, userId: newcomer}),
    add: async () => addMember(db, await asMember(moderator), {userId: newcomer}),
    send: () => send(roomId, plain),
    edit: async () => editMessage(db, await asMember(plain), {seq: seqs[plain]!, text: 'changed'}),
    delete: async () => deleteMessage(db, await asMember(plain), {seq: seqs[plain]!}),
    moderate: async () => removeMember(db, await asMember(moderator), {userId: plain}),
    manage: async () => updateRoom(db, await asMember(owner), {title: 'Renamed'}),
  };

  for (const [grant, act] of Object.entries(acts)) {
    await setRoom({grants: {[grant]: 'service'}});
    await expect(act(), grant).rejects.toMatchObject(notGranted(grant));
    await set(community);
    await expect(act(), grant).resolves.toBeDefined();
  }
});

test('a grant may be given to a lower role, too', async () => {
  const {roomId, moderator, plain} = await peopled();
  await setRoom({grants: {manage: 'moderator', moderate: 'member', add: 'member'}});

  await expect(updateRoom(db, await member(roomId, moderator), {title: 'Mine'})).resolves.toMatchObject({
    room: {title: 'Mine'},
  });
  const newcomer = (await account()).id;
  await expect(addMember(db, await member(roomId, plain), {userId: newcomer})).resolves.toMatchObject({
    joined: true,
  });
  // Only the owner may still assign roles, and ranks are unchanged.
  await expect(
    updateMember(db, await member(roomId, moderator), {userId: plain, role: 'moderator'}),
  ).rejects.toMatchObject({code: 'forbidden'});
  await expect(removeMember(db, await member(roomId, plain), {userId: moderator})).rejects.toMatchObject({
    code: 'forbidden',
  });
  await set(community);
});

test('a retry of a message finds its first result after the grant is gone', async () => {
  const {roomId, plain} = await peopled();
  const first = item(roomId, plain);
  const {seq} = await appender.append(first);
  await setRoom({grants: {send: 'service'}});

  await expect(appender.append(first)).resolves.toMatchObject({seq, duplicate: true});
  await expect(appender.append({...item(roomId, plain), replyTo: 999})).rejects.toMatchObject(
    notGranted('send'),
  );
  await set(community);
});

test('data and files have grants of their own', async () => {
  const {roomId, plain} = await peopled();
  await setRoom({grants: {data: 'moderator', attach: 'moderator'}});

  const withData = {...item(roomId, plain), data: {a: 1}};
  await expect(appender.append(withData)).rejects.toMatchObject(notGranted('data'));
  const withFile = {...item(roomId, plain), attachmentIds: [randomUUID()]};
  await expect(appender.append(withFile)).rejects.toMatchObject(notGranted('attach'));
  await expect(send(roomId, plain)).resolves.toMatchObject({duplicate: false});
  await set(community);
});

test('a message is edited for as long as the type says', async () => {
  const {roomId, plain, seqs} = await peopled();
  const edit = async () => editMessage(db, await member(roomId, plain), {seq: seqs[plain]!, text: 'late'});
  await setRoom({editMinutes: 15});

  await expect(edit()).resolves.toBeDefined();
  await query(`update messages set created_at = created_at - interval '16 minutes' where room_id = $1`, [
    roomId,
  ]);
  await expect(edit()).rejects.toMatchObject(notGranted('edit'));
  await set(community);
});

test('guests do what the type lets them', async () => {
  const {roomId} = await peopled();
  const [inside, outside] = [(await guest()).id, (await guest()).id];
  await join(roomId, inside);
  const create = (userId: string) => createRoom(db, {tenantId, userId, title: 'x', ephemeral: true});
  const sendAs = (userId: string) => {
    const given = item(roomId, userId);
    return appender.append({...given, sender: {...given.sender, kind: 'guest'}});
  };

  await setRoom({guests: 'join'});
  await expect(create(inside)).rejects.toMatchObject(notGranted('create'));
  await expect(sendAs(inside)).resolves.toBeDefined();

  await setRoom({guests: 'none'});
  await expect(sendAs(inside)).rejects.toMatchObject(notGranted('send'));
  await expect(join(roomId, outside)).rejects.toMatchObject(notGranted('join'));
  await set(community);
  await expect(join(roomId, outside)).resolves.toMatchObject({joined: true});
});

test('direct rooms are opened by whom the policy lets, and found by both', async () => {
  const [a, b, c] = [(await account()).id, (await account()).id, (await account()).id];
  const open = (userId: string, otherId: string) => openDirect(db, {tenantId, userId, otherId});
  await set(community);
  await open(a, b);
  await set({...community, people: {...community.people, direct: 'service'}});

  await expect(open(b, a)).resolves.toMatchObject({opened: false});
  await expect(open(a, c)).rejects.toMatchObject(notGranted('create'));
  const [{id: serviceId}] = (await query<{id: string}>(
    `select id from users where tenant_id = $1 and kind = 'service' limit 1`,
    [tenantId],
  )) as [{id: string}];
  await expect(open(serviceId, c)).resolves.toMatchObject({opened: true});
  await set(community);
});

test('a room is made by the rules of its type, and keeps its oversight', async () => {
  const {id: userId} = await account();
  const types = {
    ...community.types,
    case: {visibility: 'private', oversight: true} as const,
  };
  await set(policySchema.parse({...community, types}));
  const make = (details: object) =>
    createRoom(db, {tenantId, userId, title: 'x', ephemeral: false, ...details});

  const {state} = await make({type: 'case'});
  expect(state.room).toMatchObject({type: 'case', visibility: 'private', overseen: true});
  expect((await make({})).state.room).toMatchObject({type: 'room', visibility: 'public'});
  await expect(make({type: 'case', visibility: 'public'})).rejects.toMatchObject({
    code: 'forbidden',
    details: {visibility: 'private'},
  });
  for (const type of ['direct', 'nothing']) {
    await expect(make({type})).rejects.toMatchObject({
      code: 'invalid',
      details: {issues: [{path: 'type', message: 'there is no such type'}]},
    });
  }
  const asOwner = await member(state.room.id, userId);
  await expect(updateRoom(db, asOwner, {visibility: 'public'})).rejects.toMatchObject({code: 'forbidden'});
  await set(policySchema.parse({...community, types: {...types, case: {...types.case, oversight: false}}}));
  expect((await updateRoom(db, asOwner, {title: 'y'})).room.overseen).toBe(true);
});
