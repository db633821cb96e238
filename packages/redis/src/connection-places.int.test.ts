import {createLogger} from '@madang/runtime/log';
import {testRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createRedisClients} from './clients.ts';
import {createConnectionPlaces} from './connection-places.ts';

const log = createLogger({name: 'test', level: 'silent'});
const refused = {code: 'rate_limited', details: {limit: 'connections', per: 'tenant'}};

async function startNode(redis: {url: string; prefix: string}, nodeId: string, most: number | undefined) {
  const clients = createRedisClients({...redis, log});
  await clients.connect();
  const places = createConnectionPlaces({clients, nodeId, log, nodes: () => 2, mostOf: () => most});
  onTestFinished(async () => {
    places.close();
    await clients.close();
  });
  return {...places, clients};
}

test('a tenant has so many connections on all nodes together, however many come at once', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 'a', 5), await startNode(redis, 'b', 5)];

  const outcomes = await Promise.allSettled(
    Array.from({length: 20}, (_, no) => (no % 2 ? a : b).take('shop')),
  );

  expect(outcomes.filter(({status}) => status === 'fulfilled')).toHaveLength(5);
  await expect(a.take('shop')).rejects.toMatchObject(refused);
  await a.take('another');
});

test('a place that is left is free for another node', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 'a', 1), await startNode(redis, 'b', 1)];
  const leave = await a.take('shop');
  await expect(b.take('shop')).rejects.toMatchObject(refused);

  leave();

  await waitFor(
    () =>
      b.take('shop').then(
        () => true,
        () => false,
      ),
    {timeoutMs: 20_000, what: 'the place to be free'},
  );
});

test('what a node held that died is free once its lease has ended', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 'a', 1), await startNode(redis, 'b', 1)];
  await a.take('shop');
  a.close();
  await expect(b.take('shop')).rejects.toMatchObject(refused);

  await waitFor(
    () =>
      b.take('shop').then(
        () => true,
        () => false,
      ),
    {timeoutMs: 25_000, what: 'the lease to end'},
  );
});

test('without Redis a node allows its share, and without a bound everybody', async () => {
  const redis = testRedis();
  const [bounded, free] = [await startNode(redis, 'a', 4), await startNode(redis, 'b', undefined)];
  bounded.clients.commands.disconnect();
  free.clients.commands.disconnect();

  for (let taken = 0; taken < 2; taken += 1) await bounded.take('shop');
  await expect(bounded.take('shop')).rejects.toMatchObject(refused);
  for (let taken = 0; taken < 10; taken += 1) await free.take('shop');
});
