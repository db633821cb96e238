import type {StartSessionResult} from '@madang/protocol/log';
import type {RoomState} from '@madang/protocol/rooms';
import {RawClient, registerAccount, request, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../../test/support/gateways.ts';

const soon = (what: string) => ({timeoutMs: 5_000, what});
const open: RawClient[] = [];
let cluster: Gateways;

beforeAll(async () => {
  cluster = await startGateways(2);
});
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});
afterAll(() => cluster.stop());

async function connect(who: SignedIn, node = 0): Promise<RawClient> {
  const client = await RawClient.connect(cluster.urls[node]!, who);
  open.push(client);
  return client;
}
const guest = async (node = 0) => connect(await signInGuest(cluster.urls[node]!), node);
const account = async (node = 0) => connect(await registerAccount(cluster.urls[node]!), node);
const codeOf = async (answer: Promise<{ok: boolean}>) => {
  const given = (await answer) as {ok: true} | {ok: false; error: {code: string}};
  return given.ok ? 'ok' : given.error.code;
};

test('makes one room of one clientId, and no two', async () => {
  const owner = await account();
  const input = {title: 'Once', clientId: '0193c5a0-0000-7000-8000-000000000001'};
  const states = await Promise.all([1, 2, 3].map(() => owner.call('room:create', input)));

  expect(new Set(states.map(({room}) => room.id)).size).toBe(1);
  expect(states[0]).toMatchObject({
    room: {title: 'Once', visibility: 'public', ephemeral: false, locked: false},
    membership: {role: 'owner', joinedAt: 1},
    online: 1,
  });
});

test('makes the rooms of guests ephemeral unless they say otherwise', async () => {
  const owner = await guest();
  const [passing, lasting] = [
    await owner.call('room:create', {title: 'Passing'}),
    await owner.call('room:create', {title: 'Lasting', ephemeral: false}),
  ];

  expect([passing.room.ephemeral, lasting.room.ephemeral]).toEqual([true, false]);
});

test('asks everyone but members for a room password, and lets nobody guess it', async () => {
  const [owner, guesser, friend] = [await account(), await guest(), await guest(1)];
  const {room} = await owner.call('room:create', {title: 'Locked', password: 'open sesame'});
  const {id: roomId} = room;
  expect(room.locked).toBe(true);

  // A request without a password does not count as a guess.
  for (let turn = 0; turn < 12; turn += 1) {
    expect(await codeOf(guesser.ask('room:join', {roomId}))).toBe('wrong_password');
  }
  for (let turn = 0; turn < 10; turn += 1) {
    expect(await codeOf(guesser.ask('room:join', {roomId, password: `guess ${turn}`}))).toBe(
      'wrong_password',
    );
  }
  expect(await codeOf(guesser.ask('room:join', {roomId, password: 'open sesame'}))).toBe('rate_limited');

  await friend.call('room:join', {roomId, password: 'open sesame'});
  await owner.call('room:update', {roomId, password: 'another'});
  expect((await friend.call('room:join', {roomId})).membership.role).toBe('member');
});

test('finds that the password was changed while one was verified', async () => {
  const owner = await account();
  const {room} = await owner.call('room:create', {title: 'Unlocked', password: 'open sesame'});
  await owner.call('room:update', {roomId: room.id, password: null});

  expect((await (await guest()).call('room:join', {roomId: room.id})).room.locked).toBe(false);
});

test('tells the other devices of a user, on any node, what the user joins and leaves', async () => {
  const who = await registerAccount(cluster.urls[0]!);
  const [tab, phone] = [await connect(who, 0), await connect(who, 1)];
  const {room} = await tab.call('room:create', {title: 'Everywhere'});
  const [joined] = await waitFor(() => {
    const events = phone.events<RoomState>('room:joined');
    return events.length > 0 && events;
  }, soon('the phone to hear'));
  expect(joined).toMatchObject({room: {id: room.id}, membership: {role: 'owner'}});

  const {leftAt} = await tab.call('room:leave', {roomId: room.id});

  for (const device of [tab, phone]) {
    await waitFor(() => device.events('room:left').length > 0, soon('the end'));
    expect(device.events('room:left')).toEqual([{roomId: room.id, leftAt, reason: 'left'}]);
  }
});

test('answers who leaves again, or was put out, with the rev at which they left', async () => {
  const [owner, other] = [await account(), await account(1)];
  const {room} = await owner.call('room:create', {title: 'Once left', ephemeral: false});
  const roomId = room.id;
  const leave = (client = other) =>
    waitFor(async () => {
      const answer = await client.ask('room:leave', {roomId});
      return (answer.ok || !answer.error.retryable) && answer;
    }, soon('leaving to be decided'));
  expect(await codeOf(leave())).toBe('forbidden');
  await other.call('room:join', {roomId});
  const left = await leave();
  expect(left).toMatchObject({ok: true});
  expect(await leave()).toEqual(left);
  await owner.call('room:update', {roomId, visibility: 'private'});
  expect(await leave()).toEqual(left);

  await owner.call('member:add', {roomId, userId: other.user.id});
  const removed = await owner.call('member:remove', {roomId, userId: other.user.id});
  expect(await leave()).toEqual({ok: true, data: removed});
  const stranger = await account();
  expect(await codeOf(leave(stranger))).toBe('not_found');
  await owner.call('room:close', {roomId});
  expect(await leave()).toEqual({ok: true, data: removed});
  expect(await codeOf(leave(owner))).toBe('room_closed');
});

test('adds, mutes, promotes, kicks and bans members', async () => {
  const [owner, other] = [await account(), await account(1)];
  const {room} = await owner.call('room:create', {title: 'Ranks', visibility: 'private'});
  const [roomId, userId] = [room.id, other.user.id];
  const {member} = await owner.call('member:add', {roomId, userId});
  expect(member).toMatchObject({user: {id: userId}, role: 'member'});
  await waitFor(() => other.events('room:joined').length > 0, soon('the added member to hear'));

  const mutedUntil = new Date(Date.now() + 60_000).toISOString();
  await owner.call('member:update', {roomId, userId, mutedUntil});
  const refused = await other.ask('typing:set', {roomId, typing: true});
  expect(refused).toMatchObject({ok: false, error: {code: 'forbidden', details: {mutedUntil}}});
  await owner.call('member:update', {roomId, userId, mutedUntil: null, role: 'moderator'});
  expect(await codeOf(other.ask('typing:set', {roomId, typing: true}))).toBe('ok');

  const kicked = await owner.call('member:remove', {roomId, userId});
  expect(await owner.call('member:remove', {roomId, userId})).toEqual(kicked);
  expect(await codeOf(other.ask('room:get', {roomId}))).toBe('not_found');
  await owner.call('member:add', {roomId, userId});
  const banned = await owner.call('member:update', {roomId, userId, banned: true});
  expect(banned).toMatchObject({member: {banned: true, online: false}});
  expect(banned.leftAt).toBeGreaterThan(kicked.leftAt);
  expect(await codeOf(other.ask('room:get', {roomId}))).toBe('banned');
});

test('lists members, all or those who are online, with the count', async () => {
  const [owner, here] = [await account(), await account(1)];
  const away = await account();
  const {room} = await owner.call('room:create', {title: 'Roll call'});
  const {id: roomId} = room;
  for (const member of [here, away]) await member.call('room:join', {roomId});
  away.close();
  const online = await waitFor(
    async () => {
      const page = await owner.call('room:members', {roomId, online: true});
      return page.online === 2 && page;
    },
    {timeoutMs: 10_000, what: 'the sign-off'},
  );
  const idsOf = (page: {members: {user: {id: string}}[]}) => page.members.map(({user}) => user.id).toSorted();

  expect(idsOf(online)).toEqual([owner, here].map(({user}) => user.id).toSorted());
  expect(idsOf(await owner.call('room:members', {roomId, online: false}))).toEqual([away.user.id]);
  const all = await owner.call('room:members', {roomId});
  expect(all.members.filter((member) => member.online)).toHaveLength(2);
  expect(all).toMatchObject({online: 2});
  expect(all.members).toHaveLength(3);

  const first = await owner.call('room:members', {roomId, online: true, limit: 1});
  const second = await owner.call('room:members', {roomId, online: true, limit: 1, after: first.next});
  expect([...idsOf(first), ...idsOf(second)].toSorted()).toEqual(idsOf(online));
});

test('closing a room ends every membership, tells so, and leaves its log to be read', async () => {
  const [owner, member] = [await account(), await guest(1)];
  const {room} = await owner.call('room:create', {title: 'Closing'});
  const {id: roomId} = room;
  const state = await member.call('room:join', {roomId});
  const {room: closed} = await owner.call('room:close', {roomId});
  expect(closed.closedAt).toBeDefined();
  await waitFor(() => member.events('room:left').length > 0, soon('the end'));

  expect(member.events('room:left')).toMatchObject([{roomId, reason: 'closed'}]);
  expect(await codeOf(member.ask('room:get', {roomId}))).toBe('room_closed');
  const frame = await member.call('room:sync', {roomId, epoch: state.epoch, after: state.head});
  expect(frame.entries).toMatchObject([{type: 'room', room: {closedAt: closed.closedAt}}]);
});

test('pages through the rooms of a user over a socket, and starts over when asked without after', async () => {
  const who = await registerAccount(cluster.urls[0]!);
  const maker = await connect(who);
  const made: string[] = [];
  for (let index = 0; index < 5; index += 1) {
    made.unshift((await maker.call('room:create', {title: `Room ${index}`})).room.id);
  }
  maker.close();
  const client = await connect(who, 1);
  const idsOf = ({rooms}: StartSessionResult) => rooms.map(({room}) => room.id);

  const first = await client.call('session:start', {limit: 2});
  expect(first).toMatchObject({user: {id: who.user.id}, node: 'node-2', frames: [], ended: []});
  expect(idsOf(first)).toEqual(made.slice(0, 2));
  const second = await client.call('session:start', {limit: 2, after: first.next});
  const third = await client.call('session:start', {limit: 2, after: second.next});
  // The client joined these a moment ago, so the node's pulse may have added some to this connection before it asked.
  const joined = client.events<RoomState>('room:joined').map(({room}) => room.id);
  const others = [...idsOf(second), ...idsOf(third), ...joined];
  expect(others).toEqual(expect.arrayContaining(made.slice(2)));
  expect(third.next).toBeUndefined();

  expect(idsOf(await client.call('session:start', {limit: 3}))).toEqual(made.slice(0, 3));
});

test('resumes from cursors: what was missed, what has ended, and nothing of the rest', async () => {
  const [owner, who] = [await account(), await registerAccount(cluster.urls[0]!)];
  const before = await connect(who);
  const [moved, quiet, left] = (await Promise.all(
    ['Moved', 'Quiet', 'Left'].map(async (title) => {
      const {room} = await owner.call('room:create', {title});
      return before.call('room:join', {roomId: room.id});
    }),
  )) as [RoomState, RoomState, RoomState];
  before.close();
  const {rev} = await owner.send(moved.room.id, 'missed');
  const {leftAt} = await owner.call('member:remove', {roomId: left.room.id, userId: who.user.id});

  const after = await connect(who, 1);
  const cursors = Object.fromEntries(
    [moved, quiet, left].map(({room, epoch, head}) => [room.id, {epoch, rev: head}]),
  );
  const answer = await after.call('session:start', {cursors});

  expect(answer.frames).toMatchObject([
    {roomId: moved.room.id, head: rev, entries: [{message: {text: 'missed'}}]},
  ]);
  expect(answer.ended).toEqual([{roomId: left.room.id, leftAt, reason: 'removed'}]);
  expect(answer.rooms.map(({room}) => room.id)).not.toContain(left.room.id);
  await owner.send(quiet.room.id, 'live');
  await waitFor(() => after.frames(quiet.room.id).length > 0, soon('the live frame'));
});

test('answers GET /me with the rooms, page by page, without hearing them', async () => {
  const [url] = cluster.urls as [string];
  const who = await registerAccount(url);
  const maker = await connect(who);
  const made: string[] = [];
  for (let index = 0; index < 3; index += 1) {
    made.unshift((await maker.call('room:create', {title: `Mine ${index}`})).room.id);
  }
  const {cookie} = who;
  const first = await request<StartSessionResult>(url, 'GET', '/me?limit=2', {cookie});
  const next = encodeURIComponent(first.body.next!);
  const second = await request<StartSessionResult>(url, 'GET', `/me?limit=2&after=${next}`, {cookie});

  expect(first.body).toMatchObject({user: {id: who.user.id}, frames: [], ended: []});
  expect(first.body.rooms.map(({room, online}) => [room.id, online])).toEqual(
    made.slice(0, 2).map((id) => [id, 1]),
  );
  expect(second.body.rooms.map(({room}) => room.id)).toEqual([made[2], expect.any(String)]);
  expect(second.body.next).toBeUndefined();
});

test('sends, edits, deletes and lists messages over HTTP as over a socket', async () => {
  const [url] = cluster.urls as [string];
  const who = await registerAccount(url);
  const reader = await connect(who, 1);
  const {cookie} = who;
  const created = await request<RoomState>(url, 'POST', '/rooms', {cookie, body: {title: 'Plain'}});
  expect(created.status).toBe(201);
  const path = `/rooms/${created.body.room.id}`;
  const body = {clientId: '0193c5a0-0000-7000-8000-000000000002', text: 'first'};
  const sent = await request<{seq: number; duplicate: boolean}>(url, 'POST', `${path}/messages`, {
    cookie,
    body,
  });
  const again = await request(url, 'POST', `${path}/messages`, {cookie, body});
  expect([sent.body.duplicate, again.body.duplicate]).toEqual([false, true]);

  const edited = await request(url, 'PATCH', `${path}/messages/${sent.body.seq}`, {
    cookie,
    body: {text: 'second'},
  });
  expect(edited.body).toEqual({seq: sent.body.seq, rev: sent.body.seq + 1});
  const listed = await reader.call('message:list', {roomId: created.body.room.id});
  expect(listed).toMatchObject({messages: [{text: 'second', seq: sent.body.seq}], more: false});
  const deleted = await request(url, 'DELETE', `${path}/messages/${sent.body.seq}`, {cookie});
  const repeated = await request(url, 'DELETE', `${path}/messages/${sent.body.seq}`, {cookie});
  expect(repeated.body).toEqual(deleted.body);
  await waitFor(
    () =>
      reader
        .frames(created.body.room.id)
        .flatMap(({entries}) => entries)
        .some(({type}) => type === 'delete'),
    soon('the deletion to be heard'),
  );
});
