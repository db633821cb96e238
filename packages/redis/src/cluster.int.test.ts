/** A Redis Cluster of three primaries with a replica each: its shards fail over, and slots move. */
import {createLogger} from '@madang/runtime/log';
import {readRedisServers} from '@madang/runtime/redis-servers';
import {commandRedis, startPrivateRedis} from '@madang/testkit/redis';
import {startClusterRedis, type ClusterRedis} from '@madang/testkit/redis-cluster';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, onTestFinished, test} from 'vitest';
import {createRedisClients} from './clients.ts';
import {createConnectionPlaces} from './connection-places.ts';
import {runLocked} from './locks.ts';
import {createOccupancy, listLeasedNodes, reapDeadNodes} from './occupancy.ts';
import {createRateLimits} from './rate-limits.ts';
import {createReserve} from './reserve.ts';

const log = createLogger({name: 'test', level: 'silent'});
let cluster: ClusterRedis;
let prefixes = 0;

beforeAll(async () => {
  cluster = await startClusterRedis();
}, 120_000);
afterAll(() => cluster?.close());

function clientsAt(env: Record<string, string>, prefix = `test-${(prefixes += 1)}:`) {
  const clients = createRedisClients({servers: readRedisServers(env), prefix, log});
  onTestFinished(() => clients.close());
  return clients;
}

async function connected(prefix?: string) {
  const clients = clientsAt(cluster.env, prefix);
  await clients.connect();
  await waitFor(() => clients.isUp(), {timeoutMs: 10_000, what: 'the Cluster'});
  return clients;
}

test('serves keys of all shards, and every script in one slot', async () => {
  const clients = await connected();
  const rate = {name: 'sends', per: 'user', points: 5, perMs: 1_000} as const;
  const leased = {name: 'reads', per: 'user', points: 50, perMs: 1_000, leased: true} as const;
  const limits = createRateLimits({clients, nodeId: 'a', log, nodes: () => 1});
  const places = createConnectionPlaces({clients, nodeId: 'a', log, nodes: () => 1, mostOf: () => 2});
  onTestFinished(() => places.close());
  const occupancy = createOccupancy({clients, nodeId: 'a', log});
  occupancy.start();

  for (let at = 0; at < 20; at += 1) {
    await clients.sessions.set(`${clients.keys.sessions}${at}`, 'x', 'EX', 60);
    await limits.take(rate, `user-${at}`);
    await limits.take(leased, `user-${at}`);
    await limits.guard(rate, `guess-${at}`, async () => undefined);
    (await places.take(`tenant-${at}`))();
    occupancy.enter(`room-${at}`, 'ann');
    expect(await runLocked(clients, `lock-${at}`, 1_000, async () => undefined)).toBe(true);
  }
  await waitFor(async () => (await occupancy.online(['room-0']))[0] === 1, {timeoutMs: 5_000, what: 'ann'});
  expect(await occupancy.online(['room-3', 'room-19', 'room-20'])).toEqual([1, 1, 0]);
  expect(await listLeasedNodes(clients)).toEqual(['a']);
  await occupancy.stop();
  expect(await reapDeadNodes(clients)).toEqual([]);
  expect(clients.faults()).toEqual([]);
}, 60_000);

test('keeps a reserve of memory in each shard', async () => {
  const clients = await connected();
  await createReserve(clients, log).keep();

  const holders = await Promise.all(clients.tags().map((tag) => cluster.ownerOf(clients.keys.reserve(tag))));
  expect(new Set(holders).size).toBe(3);
  for (const key of ['one', 'two', 'three', 'four']) {
    const reserve = clients.keys.reserve(clients.tagOf(key));
    expect(await cluster.ownerOf(reserve)).toBe(await cluster.ownerOf(key));
    expect(await clients.sessions.llen(reserve)).toBe(64);
  }
}, 60_000);

/** Subscribes to channels of all shards, and returns what arrives of a round of messages. */
async function listening(channels: number) {
  const clients = await connected();
  const names = Array.from({length: channels}, (_, at) => `${clients.keys.adapter}#/#room-${at}#`);
  for (const name of names) void clients.subscriber.ssubscribe(name);
  await clients.subscriber.ping();
  const heard = new Set<string>();
  clients.subscriber.on('smessage', (_channel: string, text: string) => heard.add(text));
  let rounds = 0;
  const round = async () => {
    const no = (rounds += 1);
    await Promise.all(
      names.map((name) => clients.publisher.spublish(name, `${no} ${name}`).catch(() => undefined)),
    );
    await clients.subscriber.ping().catch(() => undefined);
    return names.filter((name) => !heard.has(`${no} ${name}`));
  };
  return {clients, names, round};
}

test('hears channels of all shards again after a primary was killed, also those asked for meanwhile', async () => {
  const {clients, names, round} = await listening(30);
  expect(await round()).toEqual([]);
  await clients.sessions.set('kept', 'x');
  const victim = await nodeOwning(names[0]!);
  const changes: string[] = [];
  clients.onDown(() => changes.push('down'));
  clients.onUp(() => changes.push('up'));
  let renewed = 0;
  clients.onRenewed(() => (renewed += 1));

  await kill(victim);
  const late = `${clients.keys.adapter}#/#late-${names.length}#`;
  void clients.subscriber.ssubscribe(late);
  await waitFor(async () => (await cluster.ownerOf(names[0]!, victim.port)) !== victim.port, {
    timeoutMs: 30_000,
    what: 'the failover',
  });
  const servedAt = performance.now();
  await waitFor(async () => (await round()).length === 0, {timeoutMs: 10_000, what: 'all channels'});
  await waitFor(() => clients.isUp(), {timeoutMs: 10_000, what: 'the Cluster'});
  expect(performance.now() - servedAt).toBeLessThan(10_000);

  expect(changes).toEqual(['down', 'up']);
  expect(renewed).toBeGreaterThan(0);
  expect(await clients.publisher.spublish(late, 'x')).toBe(1);
  expect(await clients.sessions.get('kept')).toBe('x');
  await victim.restart();
}, 120_000);

async function nodeOwning(key: string) {
  const port = await cluster.ownerOf(key);
  return cluster.nodes.find((node) => node.port === port)!;
}

async function kill(victim: ClusterRedis['nodes'][number]) {
  victim.child.kill('SIGKILL');
  await victim.child.exited;
}

test('hears a channel, and serves a key, whose slot has moved to another shard', async () => {
  const {clients, names, round} = await listening(10);
  expect(await round()).toEqual([]);
  await clients.sessions.set(names[3]!, 'kept');

  await cluster.migrate(names[3]!);

  await waitFor(async () => (await round()).length === 0, {timeoutMs: 5_000, what: 'all channels'});
  expect(await clients.sessions.get(names[3]!)).toBe('kept');
  await waitFor(() => clients.isUp(), {timeoutMs: 5_000, what: 'the Cluster'});
}, 60_000);

test('refuses at start, by the name of the variable, a Redis of another kind', async () => {
  const single = await startPrivateRedis();
  onTestFinished(() => single.close());
  const address = single.url.replace('redis://', '');

  await expect(clientsAt({REDIS_CLUSTER_NODES: address}).connect()).rejects.toThrow(
    /^REDIS_CLUSTER_NODES: .*REDIS_URL$/,
  );
  await expect(clientsAt({REDIS_URL: cluster.url((await nodeOwning('x')).port)}).connect()).rejects.toThrow(
    /^REDIS_URL: .*REDIS_CLUSTER_NODES$/,
  );
  await expect(clientsAt({REDIS_SENTINELS: address, REDIS_SENTINEL_NAME: 'x'}).connect()).rejects.toThrow(
    /^REDIS_SENTINELS: .*$/,
  );
  expect(await commandRedis(single.url, 'ping')).toBe('PONG');
}, 60_000);
