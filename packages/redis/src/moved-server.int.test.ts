/** One server behind a name that moves, as managed services have it: the old primary lives on as a replica. */
import {createMetrics} from '@madang/runtime/metrics';
import {createLogger, type Logger} from '@madang/runtime/log';
import {startFaultProxy} from '@madang/testkit/fault-proxy';
import {commandRedis} from '@madang/testkit/redis';
import {startRedisPair, type RedisPair} from '@madang/testkit/redis-pair';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createRedisClients} from './clients.ts';
import {createOccupancy} from './occupancy.ts';

async function behindName(pair: RedisPair) {
  const name = await startFaultProxy({port: pair.ports[0]});
  onTestFinished(() => name.close());
  const lines: {client?: string; cause?: string}[] = [];
  const log = createLogger({name: 'test', level: 'silent'});
  Object.assign(log, {warn: (fields: object) => lines.push(fields)} satisfies Partial<
    Record<keyof Logger, unknown>
  >);
  const metrics = createMetrics();
  const clients = createRedisClients({url: name.url(pair.url(pair.ports[0])), prefix: 'test:', log, metrics});
  onTestFinished(() => clients.close());
  await clients.connect();
  return {name, clients, lines, log, metrics};
}

async function pairOf(options = {}) {
  const pair = await startRedisPair(options);
  onTestFinished(() => pair.close());
  return pair;
}

test('leaves a server that became a replica on all connections, and is back once its name leads to the primary', async () => {
  const pair = await pairOf();
  const {name, clients, lines, metrics} = await behindName(pair);
  await clients.subscriber.ssubscribe('channel');
  const heard: string[] = [];
  clients.subscriber.on('smessage', (_channel: string, text: string) => heard.push(text));

  await pair.swap();
  // The old one keeps the connections, and would take further subscriptions.
  await waitFor(() => !clients.isUp(), {timeoutMs: 5_000, what: 'the loss'});
  await waitFor(() => clients.faults().length === 4, {
    timeoutMs: 5_000,
    what: 'all four connections to leave',
  });
  expect(clients.faults()).toEqual(
    ['commands', 'publisher', 'subscriber', 'sessions'].map((client) => `${client} REPLICA`),
  );
  const movedAt = performance.now();
  name.move(pair.ports[1]);
  await waitFor(() => clients.isUp(), {timeoutMs: 10_000, what: 'the connections'});
  expect(performance.now() - movedAt).toBeLessThan(10_000);

  await clients.sessions.set('test:key', 'value');
  expect(await commandRedis(pair.url(pair.ports[1]), 'get', 'test:key')).toBe('value');
  await clients.subscriber.ping();
  await clients.publisher.spublish('channel', 'hello');
  await waitFor(() => heard.length === 1, {timeoutMs: 2_000, what: 'the message'});
  for (const client of ['commands', 'publisher', 'subscriber', 'sessions']) {
    expect(lines.filter((line) => line.client === client && line.cause === 'REPLICA')).toHaveLength(1);
    expect(await metrics.getSingleMetricAsString('madang_redis_faults_total')).toContain(
      `client="${client}",cause="REPLICA"`,
    );
  }
}, 60_000);

test('leaves at once when it is told READONLY, before the role is looked at', async () => {
  const pair = await pairOf();
  const {name, clients} = await behindName(pair);
  await pair.swap();
  name.move(pair.ports[1]);

  await clients.commands.set('test:key', 'x').catch(() => undefined);
  await waitFor(
    () =>
      clients.commands.set('test:key', 'x').then(
        () => true,
        () => false,
      ),
    {
      timeoutMs: 2_000,
      what: 'the primary',
    },
  );

  expect(await commandRedis(pair.url(pair.ports[1]), 'get', 'test:key')).toBe('x');
}, 60_000);

test('writes all users again after a move, also those whom the new primary never got', async () => {
  const pair = await pairOf();
  const {name, clients, log} = await behindName(pair);
  const occupancy = createOccupancy({clients, nodeId: 'a', log, beatMs: 500, leaseMs: 60_000});
  onTestFinished(() => occupancy.stop());
  occupancy.start();
  occupancy.enter('room', 'ann');
  await waitFor(async () => (await onlineAt(pair, 1)).includes('ann'), {timeoutMs: 5_000, what: 'ann'});

  // From here on the replica gets nothing more, as when the primary dies before it has sent its last writes.
  await commandRedis(pair.url(pair.ports[1]), 'replicaof', 'no', 'one');
  occupancy.enter('room', 'bob');
  occupancy.leave('room', 'ann');
  await occupancy.online(['room']);
  await commandRedis(pair.url(pair.ports[0]), 'replicaof', '127.0.0.1', String(pair.ports[1]));
  name.move(pair.ports[1]);

  await waitFor(async () => (await onlineAt(pair, 1)) === 'bob', {timeoutMs: 15_000, what: 'bob alone'});
}, 60_000);

function onlineAt(pair: RedisPair, index: 0 | 1): Promise<string> {
  return commandRedis(pair.url(pair.ports[index]), 'zrange', 'test:occupancy:online:room', '0', '-1');
}
