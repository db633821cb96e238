import {createLogger} from '@madang/runtime/log';
import {startPrivateRedis, testRedis} from '@madang/testkit/redis';
import type {PrivateRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createRedisClients} from './clients.ts';
import type {RedisClients} from './clients.ts';
import {createOccupancy, reapDeadNodes, tenantPlace} from './occupancy.ts';

const log = createLogger({name: 'test', level: 'silent'});
const soon = (what: string) => ({timeoutMs: 5_000, what});

async function connect(redis: {url: string; prefix: string}): Promise<RedisClients> {
  const clients = createRedisClients({...redis, log});
  await clients.connect();
  onTestFinished(() => clients.close());
  return clients;
}

/** A node with its own connections, so that it can be cut off without the others. */
async function startNode(
  redis: {url: string; prefix: string},
  nodeId: string,
  {beatMs = 50, leaseMs = 60_000} = {},
) {
  const clients = await connect(redis);
  const occupancy = createOccupancy({clients, nodeId, log, beatMs, leaseMs});
  occupancy.start();
  onTestFinished(() => occupancy.stop());
  await waitFor(
    async () => (await leasesOf(clients)).some((name) => name.startsWith(`${nodeId}~`)),
    soon('a lease'),
  );
  return {...occupancy, clients};
}

/** Leaves the node as SIGKILL does: nothing is given up, and the lease expires. */
function die({clients}: {clients: RedisClients}) {
  clients.commands.disconnect();
}

const leasesOf = ({commands, keys}: RedisClients) =>
  commands.zrange(keys.occupancy.leases, '-inf', '+inf', 'BYSCORE');

const reapUntilGone = (clients: RedisClients, nodeId: string) =>
  waitFor(async () => (await reapDeadNodes(clients)).includes(nodeId), soon('the reaper'));

async function keysLeft({commands, keys}: RedisClients) {
  return (await commands.keys(`${keys.prefix}*`)).sort();
}

test('counts a user on two nodes once, and until the second lets go', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 'a'), await startNode(redis, 'b')];

  a.enter('room', 'ann');
  a.enter('room', 'bob');
  await a.online(['room']);
  b.enter('room', 'ann');
  expect(await b.online(['room', 'empty'])).toEqual([2, 0]);

  a.leave('room', 'ann');
  expect(await a.online(['room'])).toEqual([2]);
  b.leave('room', 'ann');
  expect(await b.online(['room'])).toEqual([1]);
});

test('sees its own arrivals and departures at once, in whatever order they come', async () => {
  const a = await startNode(testRedis(), 'a');

  a.enter('room', 'ann');
  a.enter('room', 'ann');
  expect(await a.online(['room'])).toEqual([1]);
  a.leave('room', 'ann');
  a.leave('room', 'ann');
  a.enter('room', 'ann');
  a.enter('room', 'bob');
  a.leave('room', 'bob');
  expect(await a.areOnline('room', ['bob', 'ann', 'cid'])).toEqual([false, true, false]);
  a.leave('room', 'ann');

  expect(await a.online(['room'])).toEqual([0]);
  expect(await keysLeft(a.clients)).toEqual([a.clients.keys.occupancy.leases]);
});

test('pages through the users of all nodes by id', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 'a'), await startNode(redis, 'b')];
  const place = tenantPlace('t');
  for (const user of ['5', '1', '3']) a.enter(place, user);
  for (const user of ['4', '2', '3']) b.enter(place, user);
  await a.online([place]);

  const first = await b.listOnline(place, {limit: 2});
  const second = await b.listOnline(place, {limit: 2, after: first.next});
  const third = await b.listOnline(place, {limit: 2, after: second.next});

  expect([first, second, third]).toEqual([
    {userIds: ['1', '2'], next: '2'},
    {userIds: ['3', '4'], next: '4'},
    {userIds: ['5']},
  ]);
});

test('drops the users of a killed node whole, and keeps those who are on another', async () => {
  const redis = testRedis();
  const [dying, living] = [await startNode(redis, 'dying', {leaseMs: 300}), await startNode(redis, 'living')];
  // More users than one call of the reaper takes.
  for (let user = 0; user < 700; user++) dying.enter('large', `user ${user}`);
  dying.enter('room', 'ann');
  dying.enter('room', 'bob');
  living.enter('room', 'ann');
  await dying.online(['room']);
  expect(await living.online(['large', 'room'])).toEqual([700, 2]);

  die(dying);
  await reapUntilGone(living.clients, 'dying');

  expect(await living.online(['large', 'room'])).toEqual([0, 1]);
  expect(await reapDeadNodes(living.clients)).toEqual([]);
  await living.stop();
  expect(await keysLeft(living.clients)).toEqual([]);
});

test('never drops a node whose lease holds', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 'a', {leaseMs: 1_000}), await startNode(redis, 'b')];
  a.enter('room', 'ann');
  await a.online(['room']);

  expect(await reapDeadNodes(b.clients)).toEqual([]);
  expect(await b.online(['room'])).toEqual([1]);
});

test('gives up its users at once when it stops', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 'a'), await startNode(redis, 'b')];
  a.enter('room', 'ann');
  await a.online(['room']);

  await a.stop();

  expect(await b.online(['room'])).toEqual([0]);
  expect(await leasesOf(b.clients)).toHaveLength(1);
});

test('leaves its users counted for a while when it stops, for those who are on the way to another node', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 'a'), await startNode(redis, 'b')];
  for (const user of ['ann', 'bob']) a.enter('room', user);
  await a.online(['room']);

  await a.stop({keepMs: 500});

  expect(await b.areOnline('room', ['ann', 'bob'])).toEqual([true, true]);
  expect(await reapDeadNodes(b.clients)).toEqual([]);
  b.enter('room', 'ann');
  await reapUntilGone(b.clients, 'a');
  expect(await b.areOnline('room', ['ann', 'bob'])).toEqual([true, false]);
  expect(await b.online(['room'])).toEqual([1]);
});

test('writes everything again when it wakes and finds its lease gone, while others drop the old', async () => {
  const redis = testRedis();
  const [frozen, other] = [
    await startNode(redis, 'frozen', {leaseMs: 60_000}),
    await startNode(redis, 'other'),
  ];
  let losses = 0;
  frozen.onLost(() => losses++);
  frozen.enter('room', 'ann');
  frozen.enter('room', 'bob');
  await frozen.online(['room']);

  // From outside, the expiry of a lease during a pause looks like this.
  const {commands, keys} = other.clients;
  const [name = ''] = (await leasesOf(other.clients)).filter((lease) => lease.startsWith('frozen'));
  await commands.occupancyRetire(keys.occupancy.leases, name);
  frozen.leave('room', 'bob');
  await reapDeadNodes(other.clients);

  await waitFor(() => losses === 1, soon('the new lease'));
  expect(await other.online(['room'])).toEqual([1]);
  expect((await leasesOf(other.clients)).includes(name)).toBe(false);
});

async function breakableRedis(options?: {appendOnly: boolean}): Promise<PrivateRedis & {prefix: string}> {
  const redis = await startPrivateRedis(options);
  onTestFinished(() => redis.close());
  return {...redis, prefix: 'test:'};
}

test('recovers from FLUSHALL with the next beat', async () => {
  const redis = await breakableRedis();
  const [a, b] = [await startNode(redis, 'a'), await startNode(redis, 'b')];
  a.enter('room', 'ann');
  b.enter('room', 'bob');
  await a.online(['room']);

  await a.clients.commands.flushall();

  await waitFor(async () => (await a.online(['room']))[0] === 2, soon('both users'));
  a.leave('room', 'ann');
  await a.online(['room']);
  expect(await b.online(['room'])).toEqual([1]);
});

test('remembers while Redis is away, answers from memory, and catches up when it is back', async () => {
  const redis = await breakableRedis({appendOnly: true});
  const [a, b] = [await startNode(redis, 'a'), await startNode(redis, 'b')];
  a.enter('room', 'ann');
  a.enter('room', 'bob');
  b.enter('room', 'cid');
  await waitFor(async () => (await a.online(['room']))[0] === 3, soon('three users'));

  await redis.stop();
  a.leave('room', 'bob');
  a.enter('room', 'dan');
  a.enter('room', 'eve');
  expect(await a.online(['room'])).toEqual([3]);
  expect(await a.areOnline('room', ['ann', 'bob', 'cid'])).toEqual([true, false, false]);
  expect(await a.listOnline('room', {limit: 2, after: 'ann'})).toEqual({userIds: ['dan', 'eve']});
  await redis.start();

  await waitFor(async () => (await b.online(['room']))[0] === 4, soon('four users'));
  await waitFor(async () => !(await b.areOnline('room', ['bob']))[0], soon('bob to go'));
});

test('starts while Redis is away', async () => {
  const redis = await breakableRedis();
  await redis.stop();
  const clients = await connect(redis);
  const a = createOccupancy({clients, nodeId: 'a', log, beatMs: 50});
  onTestFinished(() => a.stop());
  a.start();
  a.enter('room', 'ann');
  expect(await a.online(['room'])).toEqual([1]);

  await redis.start();

  await waitFor(async () => (await leasesOf(clients)).length === 1, soon('a lease'));
  await waitFor(() => clients.commands.zcard(`${clients.keys.occupancy.online}room`), soon('ann'));
});

test('loses nobody when its connection breaks again and again under changes', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 'a'), await startNode(redis, 'b')];
  const inRoom = new Set<string>();

  for (let round = 0; round < 300; round++) {
    const user = `user ${(round * 7) % 40}`;
    if (inRoom.delete(user)) a.leave('room', user);
    else a.enter('room', inRoom.add(user) && user);
    if (round % 30 === 15) a.clients.commands.disconnect(true);
    await new Promise(setImmediate);
  }

  await waitFor(async () => {
    await reapDeadNodes(b.clients);
    const {userIds} = await b.listOnline('room', {limit: 200});
    return JSON.stringify(userIds) === JSON.stringify([...inRoom].sort());
  }, soon('the same users in Redis as in memory'));
});

test('counts the live nodes', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 'a'), await startNode(redis, 'b')];

  await waitFor(() => a.nodeCount() === 2 && b.nodeCount() === 2, soon('both nodes'));
  await b.stop();
  await waitFor(() => a.nodeCount() === 1, soon('one node'));
});
