// Links into rooms: no more people get in than a link has uses, and none once it is over.
import {randomUUID} from 'node:crypto';
import type {RoomState} from '@madang/protocol/rooms';
import {
  patientRequest,
  RawClient,
  registerAccount,
  signInGuest,
  type SignedIn,
} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';

let cluster: Gateways;
const clients: RawClient[] = [];
beforeAll(async () => {
  cluster = await startGateways(2);
}, 60_000);
afterAll(async () => {
  for (const client of clients) client.close();
  await cluster.stop();
});

const urlOf = (no: number) => cluster.urls[no % cluster.urls.length]!;
const register = (no = 0) => registerAccount(urlOf(no));

type Answer = {status: number; body: {error?: {code: string; details?: object}} & Record<string, unknown>};
const ask = (who: SignedIn | undefined, method: string, path: string, body?: object, no = 0) =>
  patientRequest(urlOf(no), method, path, {cookie: who?.cookie ?? '', body}) as Promise<Answer>;

/** A locked, private room with its owner. */
async function stage(more: object = {}) {
  const owner = await register();
  const client = await RawClient.connect(urlOf(0), owner);
  clients.push(client);
  const room = {
    title: 'Vault',
    visibility: 'private' as const,
    password: 'sesame',
    ephemeral: false,
    ...more,
  };
  const {room: made} = await client.call('room:create', room);
  return {owner, client, roomId: made.id};
}

async function link({client, roomId}: {client: RawClient; roomId: string}, uses?: number) {
  const given = {roomId, expiresInS: 600, ...(uses !== undefined && {uses})};
  const {url, invite} = await client.call('invite:create', given);
  return {token: url.split('/').at(-1)!, id: invite.id};
}

test('a link leads into a private room with a password, and tells before where it leads', async () => {
  const room = await stage();
  const {token} = await link(room);
  const guest = await signInGuest(urlOf(1));
  const tab = await RawClient.connect(urlOf(1), guest);
  clients.push(tab);
  await tab.call('session:start', {});

  expect(await ask(undefined, 'GET', `/invites/${token}`)).toMatchObject({
    status: 200,
    body: {title: 'Vault', memberCount: 1, createdBy: {id: expect.any(String), kind: 'account'}},
  });
  for (const status of [200, 200]) {
    const answer = await ask(guest, 'POST', `/invites/${token}`, {}, 1);
    expect(answer).toMatchObject({
      status,
      body: {room: {id: room.roomId, memberCount: 2}, membership: {role: 'member'}},
    });
  }
  await waitFor(() => tab.events<RoomState>('room:joined').some((state) => state.room.id === room.roomId), {
    timeoutMs: 30_000,
    what: 'the room on the connection',
  });
});

test('of thirty who come at once to two nodes, as many get in as the link has uses', async () => {
  const room = await stage();
  const {token} = await link(room, 5);
  const people = await Promise.all(Array.from({length: 30}, (_, no) => signInGuest(urlOf(no))));

  const answers = await Promise.all(people.map((who, no) => ask(who, 'POST', `/invites/${token}`, {}, no)));

  expect(answers.filter(({status}) => status === 200)).toHaveLength(5);
  const refused = answers.filter(({status}) => status !== 200);
  for (const {body} of refused) {
    expect(body.error).toMatchObject({code: 'forbidden', details: {reason: 'used_up'}});
  }
  expect(await ask(undefined, 'GET', `/invites/${token}`)).toMatchObject({status: 403});
  const {members} = await room.client.call('room:members', {roomId: room.roomId});
  expect(members).toHaveLength(6);
  // A member may come again: that uses up nothing.
  const member = people[answers.findIndex(({status}) => status === 200)]!;
  expect((await ask(member, 'POST', `/invites/${token}`, {})).status).toBe(200);
});

test('bans and the capacity hold, and who is refused uses up nothing', async () => {
  const room = await stage({capacity: 2});
  const {token} = await link(room, 2);
  const [ann, bob] = [await register(), await register(1)];
  await room.client.call('member:update', {roomId: room.roomId, userId: ann.user.id, banned: true});

  expect((await ask(ann, 'POST', `/invites/${token}`, {})).body.error?.code).toBe('banned');
  expect((await ask(bob, 'POST', `/invites/${token}`, {})).status).toBe(200);
  expect((await ask(await register(), 'POST', `/invites/${token}`, {})).body.error?.code).toBe('room_full');
  expect((await room.client.call('invite:list', {roomId: room.roomId})).invites[0]?.usesLeft).toBe(1);
});

test('a link that is revoked, whose maker has left, or that nobody made leads nowhere', async () => {
  const room = await stage();
  const [moderator, newcomer] = [await register(), await register()];
  const member = {roomId: room.roomId, userId: moderator.user.id};
  await room.client.call('member:add', member);
  await room.client.call('member:update', {...member, role: 'moderator'});
  const theirs = await RawClient.connect(urlOf(0), moderator);
  clients.push(theirs);
  const [revoked, orphaned] = [await link(room), await link({client: theirs, roomId: room.roomId})];

  await room.client.call('invite:revoke', {roomId: room.roomId, id: revoked.id});
  await room.client.call('member:remove', member);

  for (const token of [revoked.token, `mdi_${randomUUID()}`]) {
    expect((await ask(newcomer, 'POST', `/invites/${token}`, {})).body.error?.code).toBe('not_found');
  }
  expect((await ask(moderator, 'POST', `/invites/${orphaned.token}`, {})).body.error).toMatchObject({
    code: 'forbidden',
    details: {reason: 'revoked'},
  });
});
