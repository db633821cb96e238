// Who blocks somebody hears no more of them in the direct room, and a stranger's direct room waits as a request.
import {randomUUID} from 'node:crypto';
import type {Notification} from '@madang/protocol/notifications';
import type {RoomState} from '@madang/protocol/rooms';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {
  patientRequest,
  RawClient,
  registerAccount,
  signInGuest,
  type SignedIn,
} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';

let cluster: ProcessCluster;
const clients: RawClient[] = [];
beforeAll(async () => {
  cluster = await startCluster({gateways: 2, worker: true});
}, 90_000);
afterAll(async () => {
  for (const client of clients) client.close();
  await cluster?.stop();
});

type Person = {who: SignedIn; client: RawClient; id: string};
const urlOf = (no: number) => cluster.gateways[no % cluster.gateways.length]!.url;
const until = (what: string, condition: () => boolean | Promise<boolean>) =>
  waitFor(condition, {timeoutMs: 30_000, what});

async function enter(no: number, kind: 'account' | 'guest' = 'account'): Promise<Person> {
  const who = kind === 'guest' ? await signInGuest(urlOf(no)) : await registerAccount(urlOf(no));
  const client = await RawClient.connect(urlOf(no), who);
  clients.push(client);
  await client.call('session:start', {});
  return {who, client, id: who.user.id};
}

const say = ({client}: Person, roomId: string, text = 'hello') =>
  client.ask('message:send', {roomId, clientId: randomUUID(), text});
const open = ({client}: Person, to: Person) => client.call('direct:open', {userId: to.id});
const itemsOf = async ({client}: Person): Promise<Notification[]> =>
  (await client.call('notification:list', {})).notifications;

async function requestOf(to: Person, roomId: string): Promise<boolean | undefined> {
  const {rooms} = await to.client.call('session:start', {});
  return (rooms as RoomState[]).find(({room}) => room.id === roomId)?.prefs?.request;
}

test('a block mutes the other in the direct room until it is taken back, and answers the same when repeated', async () => {
  const [ann, bob] = [await enter(0), await enter(1)];
  const {room} = await open(bob, ann);
  expect(await say(bob, room.id)).toMatchObject({ok: true});

  for (const on of [true, true]) await ann.client.call('user:block', {userId: bob.id, on});
  expect(await say(bob, room.id)).toMatchObject({
    ok: false,
    error: {code: 'forbidden', details: {mutedUntil: '9999-12-31T00:00:00.000Z'}},
  });
  expect(await say(ann, room.id)).toMatchObject({ok: true});
  expect((await ann.client.call('session:start', {})).blocked).toEqual([bob.id]);
  expect(await bob.client.call('session:start', {})).not.toHaveProperty('blocked');

  const path = `/users/${bob.id}/block`;
  const {status} = await patientRequest(urlOf(1), 'PUT', path, {cookie: ann.who.cookie, body: {on: false}});
  expect(status).toBe(200);
  expect(await say(bob, room.id)).toMatchObject({ok: true});
});

test('a block also holds in a direct room that is opened later, by either of the two', async () => {
  const [ann, bob] = [await enter(0), await enter(1)];
  await ann.client.call('user:block', {userId: bob.id, on: true});

  const {room} = await open(bob, ann);

  expect(await say(bob, room.id)).toMatchObject({ok: false, error: {code: 'forbidden'}});
});

test("of opens and blocks at once none leaves the other's sends open", async () => {
  for (let time = 0; time < 10; time += 1) {
    const [ann, bob] = [await enter(0), await enter(1)];
    const [{room}] = await Promise.all([
      open(bob, ann),
      ann.client.call('user:block', {userId: bob.id, on: true}),
    ]);
    expect(await say(bob, room.id)).toMatchObject({ok: false, error: {code: 'forbidden'}});
  }
}, 120_000);

test("a stranger's direct room is a request: one item, and no other until it is answered", async () => {
  const [ann, bob] = [await enter(0), await enter(1)];
  await ann.client.call('user:update', {directs: 'request'});
  const {room, prefs} = await open(bob, ann);
  expect(prefs?.request).toBe(false);
  expect(await requestOf(ann, room.id)).toBe(true);

  const text = `@${ann.who.user.name} look`;
  const mention = {roomId: room.id, text, mentions: [ann.id]};
  for (const clientId of [randomUUID(), randomUUID()])
    await bob.client.call('message:send', {...mention, clientId});
  await until('the request', async () => (await itemsOf(ann)).some(({type}) => type === 'madang.request'));
  await say(ann, room.id, 'who are you?');
  await until('the answer to accept', async () => (await requestOf(ann, room.id)) === false);
  await bob.client.call('message:send', {...mention, clientId: randomUUID()});

  await until('the mention', async () => (await itemsOf(ann)).some(({type}) => type === 'madang.mention'));
  expect((await itemsOf(ann)).map(({type}) => type)).toEqual(['madang.mention', 'madang.request']);
});

test('room:prefs accepts a request; people who share a room are no strangers, and guests take requests unasked', async () => {
  const [ann, bob, guest] = [await enter(0), await enter(1), await enter(0, 'guest')];
  await ann.client.call('user:update', {directs: 'request'});
  const {room} = await open(bob, guest);
  expect(await requestOf(guest, room.id)).toBe(true);
  const {prefs} = await guest.client.call('room:prefs', {roomId: room.id, request: false});
  expect(prefs.request).toBe(false);

  const shared = (await ann.client.call('room:create', {title: 'Roof', ephemeral: false})).room.id;
  await bob.client.call('room:join', {roomId: shared});

  expect(await requestOf(ann, (await open(bob, ann)).room.id)).toBe(false);
});

test('who takes no direct rooms of strangers refuses them, and keeps those there are', async () => {
  const [ann, bob, cem] = [await enter(0), await enter(1), await enter(0)];
  const {room} = await open(bob, ann);
  await ann.client.call('user:update', {directs: 'nobody'});

  expect(await cem.client.ask('direct:open', {userId: ann.id})).toMatchObject({
    ok: false,
    error: {code: 'forbidden', details: {reason: 'directs'}},
  });
  expect((await open(bob, ann)).room.id).toBe(room.id);
});
