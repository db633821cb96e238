// What people say of themselves reaches those who watch, over all nodes, and nobody who may not know them.
import {randomUUID} from 'node:crypto';
import type {ServerEventPayload} from '@madang/protocol/events';
import {patientRequest, RawClient, registerAccount, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';
import {Product} from '../support/product.ts';

let cluster: Gateways;
const clients: RawClient[] = [];
beforeAll(async () => {
  cluster = await startGateways(3);
}, 60_000);
afterAll(async () => {
  for (const client of clients) client.close();
  await cluster.stop();
});

async function connect(who: SignedIn, no: number): Promise<RawClient> {
  const client = await RawClient.connect(cluster.urls[no]!, who);
  clients.push(client);
  return client;
}
const register = () => registerAccount(cluster.urls[0]!);
const until = (what: string, condition: () => boolean | Promise<boolean>) =>
  waitFor(condition, {timeoutMs: 30_000, what});

/** The user as the last announcement to a watcher showed them, arrivals and departures aside. */
function toldOf(watcher: RawClient, userId: string) {
  const events = watcher.received.filter(({event}) => event === 'presence:changed');
  return events
    .flatMap(({payload}) => (payload as ServerEventPayload<'presence:changed'>).changed ?? [])
    .findLast(({id}) => id === userId);
}

test('a status reaches those who watch on another node, and ends by itself', async () => {
  const [ann, bob] = [await register(), await register()];
  const [mine, theirs] = [await connect(ann, 0), await connect(bob, 1)];
  await theirs.call('presence:watch', {});
  const status = {text: 'On holiday', emoji: '🌴', until: '2099-01-01T00:00:00.000Z'};

  const {user} = await mine.call('user:update', {status, dndUntil: '2099-01-01T00:00:00.000Z'});
  expect(user).toMatchObject({status, dndUntil: '2099-01-01T00:00:00.000Z'});
  await until('the status to be told', () => toldOf(theirs, ann.user.id)?.status?.text === 'On holiday');
  const {users} = await theirs.call('user:get', {userIds: [ann.user.id, randomUUID()]});
  expect(users).toMatchObject([{id: ann.user.id, status, online: true}]);

  const over = {text: 'gone', until: '2020-01-01T00:00:00.000Z'};
  expect((await mine.call('user:update', {status: over})).user).not.toHaveProperty('status');
  const {body} = await patientRequest(cluster.urls[2]!, 'PATCH', '/me', {
    cookie: ann.cookie,
    body: {status: null, dndUntil: null},
  });
  expect(body['user']).not.toHaveProperty('dndUntil');
  await until('the end to be told', () => toldOf(theirs, ann.user.id)?.dndUntil === undefined);
});

test('a user is away once all of their connections are, on whatever node', async () => {
  const [ann, bob] = [await register(), await register()];
  const [desk, phone, watcher] = [await connect(ann, 0), await connect(ann, 1), await connect(bob, 2)];
  await watcher.call('presence:watch', {});
  const isAway = async () => {
    const {users} = await watcher.call('user:get', {userIds: [ann.user.id]});
    return users[0]!.away === true;
  };

  await desk.call('presence:set', {away: true});
  expect(await isAway()).toBe(false);
  await phone.call('presence:set', {away: true});
  await until('ann to be told as away', () => toldOf(watcher, ann.user.id)?.away === true);
  expect(await isAway()).toBe(true);

  const back = await connect(ann, 2);
  await until('ann to be told as back', () => toldOf(watcher, ann.user.id)?.away === undefined);
  expect(await isAway()).toBe(false);
  back.close();
  await until('ann to be told as away again', () => toldOf(watcher, ann.user.id)?.away === true);
  await desk.call('presence:set', {away: false});
  await until('ann to be told as back at the desk', () => toldOf(watcher, ann.user.id)?.away === undefined);
});

test('without a directory one gets only those with whom one shares a room', {timeout: 120_000}, async () => {
  const shop = await Product.ofPreset('support', cluster);
  try {
    const [ann, bob] = [await shop.customer('ann'), await shop.customer('bob')];
    const asked = {userIds: [ann.user.id, bob.user.id]};
    const client = await connect(ann, 1);
    await until('the policy to be obeyed', async () => {
      const {users} = await client.call('user:get', asked);
      return users.length === 1 && users[0]!.id === ann.user.id;
    });

    await shop.call('POST', '/rooms', {title: 'Order', members: [{user: 'ann'}, {user: 'bob'}]});

    expect((await client.call('user:get', asked)).users).toHaveLength(2);
  } finally {
    await shop.db.close();
  }
});
