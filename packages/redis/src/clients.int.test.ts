import {createLogger} from '@madang/runtime/log';
import {createMetrics} from '@madang/runtime/metrics';
import {startPrivateRedis, testRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createRedisClients} from './clients.ts';

const log = createLogger({name: 'test', level: 'silent'});

function clientsOf(redis: {url: string; prefix?: string}) {
  const metrics = createMetrics();
  const clients = createRedisClients({prefix: 'test:', ...redis, log, metrics, name: 'test'});
  const calls: string[] = [];
  clients.onUp(() => calls.push('up'));
  clients.onDown(() => calls.push('down'));
  onTestFinished(() => clients.close());
  const rejections = () => metrics.getSingleMetricAsString('madang_redis_faults_total');
  return {clients, calls, rejections};
}

async function privateRedis() {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.close());
  return redis;
}

test('is up once all four connections are, and says so once', async () => {
  const {clients, calls} = clientsOf(testRedis());

  await clients.connect();

  expect(clients.isUp()).toBe(true);
  expect(calls).toEqual(['up']);
});

test('starts while Redis is away and connects when it comes', async () => {
  const redis = await privateRedis();
  await redis.stop();
  const {clients, calls} = clientsOf(redis);

  await clients.connect();
  expect(clients.isUp()).toBe(false);
  await redis.start();

  await waitFor(() => clients.isUp(), {timeoutMs: 5_000, what: 'the connections'});
  expect(calls).toEqual(['up']);
});

test('fails commands at once while Redis is away, and survives that nobody awaits them', async () => {
  const redis = await privateRedis();
  const {clients, calls, rejections} = clientsOf(redis);
  await clients.connect();

  await redis.kill();
  await waitFor(() => !clients.isUp(), {timeoutMs: 1_000, what: 'the loss'});
  const startedAt = performance.now();
  void clients.publisher.publish('channel', 'nobody awaits this');
  void clients.publisher.spublish('channel', 'nor this');
  await expect(clients.commands.get('key')).rejects.toThrow();
  await expect(clients.sessions.get('key')).rejects.toThrow();

  expect(performance.now() - startedAt).toBeLessThan(100);
  expect(calls).toEqual(['up', 'down']);
  expect(await rejections()).toMatch(/client="publisher",cause="disconnected"\} 2/);
});

test('subscribes again after an outage, also to what was asked for during it', async () => {
  const redis = await privateRedis();
  const {clients, calls} = clientsOf(redis);
  await clients.connect();
  await clients.subscriber.ssubscribe('before');
  const heard: string[] = [];
  clients.subscriber.on('smessage', (channel: string, text: string) => heard.push(`${channel} ${text}`));

  await redis.kill();
  await waitFor(() => !clients.isUp(), {timeoutMs: 1_000, what: 'the loss'});
  const during = clients.subscriber.ssubscribe('during');
  await redis.start();
  await waitFor(() => clients.isUp(), {timeoutMs: 5_000, what: 'the connections'});
  // The ping is answered after the re-subscriptions.
  await clients.subscriber.ping();
  await during;
  await clients.publisher.spublish('before', 'a');
  await clients.publisher.spublish('during', 'b');

  await waitFor(() => heard.length === 2, {timeoutMs: 2_000, what: 'both messages'});
  expect(heard).toEqual(['before a', 'during b']);
  expect(calls).toEqual(['up', 'down', 'up']);
});

test('survives that its subscriber is killed and resubscribes', async () => {
  const redis = await privateRedis();
  const {clients} = clientsOf(redis);
  await clients.connect();
  let ups = 0;
  clients.onUp(() => ups++);
  await clients.subscriber.ssubscribe('channel');

  await clients.commands.call('CLIENT', 'KILL', 'TYPE', 'pubsub');

  await waitFor(() => ups === 1, {timeoutMs: 5_000, what: 'the subscriber'});
  await clients.subscriber.ping();
  expect(await clients.publisher.spublish('channel', 'x')).toBe(1);
});

test('notices a Redis that accepts and stays silent, and comes back when it answers again', async () => {
  const redis = await privateRedis();
  const {clients} = clientsOf(redis);
  await clients.connect();

  redis.pause();
  onTestFinished(() => redis.resume());
  const startedAt = performance.now();
  await expect(clients.commands.get('key')).rejects.toThrow(/timed out/);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await waitFor(() => !clients.isUp(), {timeoutMs: 9_000, what: 'the loss'});
  redis.resume();

  await waitFor(() => clients.isUp(), {timeoutMs: 9_000, what: 'the connections'});
});

test('closes while Redis is away, and does not come back with it', async () => {
  const redis = await privateRedis();
  const {clients} = clientsOf(redis);
  await clients.connect();
  await redis.kill();

  await clients.close();
  await redis.start();

  const {clients: others} = clientsOf(redis);
  await others.connect();
  expect(
    String(await others.commands.client('LIST'))
      .trim()
      .split('\n'),
  ).toHaveLength(4);
});
