import {setTimeout as sleep} from 'node:timers/promises';
import {ChatError} from '@madang/protocol/errors';
import {createLogger} from '@madang/runtime/log';
import {startPrivateRedis, testRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createRedisClients} from './clients.ts';
import {createRateLimits} from './rate-limits.ts';
import type {Rule} from './rate-limits.ts';

const log = createLogger({name: 'test', level: 'silent'});

async function startNode(redis: {url: string; prefix: string}, nodeId = 'a', nodes = 1) {
  const clients = createRedisClients({...redis, log});
  await clients.connect();
  onTestFinished(() => clients.close());
  return {...createRateLimits({clients, nodeId, log, nodes: () => nodes}), clients};
}

type Node = Awaited<ReturnType<typeof startNode>>;

/** Takes until refused. Returns the count and the time to wait. */
async function takeAll(node: Node, rule: Rule, key = 'key', cost?: number) {
  for (let taken = 0; ; taken++) {
    try {
      await node.take(rule, key, cost);
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'rate_limited') throw error;
      return {taken, retryAfterMs: error.retryAfterMs ?? 0};
    }
  }
}

const hourly: Rule = {name: 'hourly', per: 'user', points: 10, perMs: 3_600_000};
const wrong = () => Promise.reject(new ChatError('wrong_password'));
const right = () => Promise.resolve('in');

test('admits the burst, then says how long to wait', async () => {
  const node = await startNode(testRedis());

  const {taken, retryAfterMs} = await takeAll(node, {...hourly, burst: 5});

  expect(taken).toBe(5);
  expect(retryAfterMs).toBeGreaterThan(350_000);
  expect(retryAfterMs).toBeLessThanOrEqual(360_000);
});

test('says which limit refused, and whom it counts', async () => {
  const node = await startNode(testRedis());
  const details = {limit: 'guests', per: 'address'};
  const ofDay: Rule = {name: 'guests-of-address-a-day', per: 'address', points: 1, perMs: 86_400_000};
  await node.take(ofDay, 'key');
  await node.guard({...ofDay, name: 'guests-by-address'}, 'key', wrong).catch(() => undefined);

  await expect(node.take(ofDay, 'key')).rejects.toMatchObject({code: 'rate_limited', details});
  const guess = node.guard({...ofDay, name: 'guests-by-address'}, 'key', right);
  await expect(guess).rejects.toMatchObject({code: 'rate_limited', details});
});

test('takes in one step what this node holds, and leaves to Redis what it does not', async () => {
  const node = await startNode(testRedis());
  const leased: Rule = {...hourly, points: 50, leased: true};

  expect(node.takeHere(leased, 'key')).toBe(false);
  await node.take(leased, 'key');
  // A lease is a tenth of the burst.
  expect([1, 2, 3, 4, 5].map(() => node.takeHere(leased, 'key'))).toEqual([true, true, true, true, false]);
  expect(node.takeHere(leased, 'another')).toBe(false);

  expect(node.takeHere(hourly, 'key')).toBe(false);
  const own: Rule = {...hourly, points: 1, perNode: true};
  expect(node.takeHere(own, 'key')).toBe(true);
  expect(() => node.takeHere(own, 'key')).toThrow(ChatError);
});

test('is one limit for all nodes, and one for each key', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 'a'), await startNode(redis, 'b')];

  const [fromA, fromB] = await Promise.all([takeAll(a, hourly), takeAll(b, hourly)]);

  expect(fromA.taken + fromB.taken).toBe(10);
  expect((await takeAll(a, hourly, 'another')).taken).toBe(10);
});

test('admits again once the time it named has passed', async () => {
  const node = await startNode(testRedis());
  const rule: Rule = {name: 'quick', per: 'user', points: 50, perMs: 1_000, burst: 2};
  const {retryAfterMs} = await takeAll(node, rule);

  expect(retryAfterMs).toBeLessThanOrEqual(20);
  await waitFor(() => node.take(rule, 'key').then(() => true), {timeoutMs: 1_000, what: 'a free point'});
});

test('counts a cost, and lets one above the burst take the whole', async () => {
  const node = await startNode(testRedis());

  await node.take(hourly, 'key', 7);
  await expect(node.take(hourly, 'key', 4)).rejects.toMatchObject({code: 'rate_limited'});
  await node.take(hourly, 'key', 3);
  await node.take(hourly, 'large', 1_000);
  await expect(node.take(hourly, 'large')).rejects.toMatchObject({code: 'rate_limited'});
});

const sends: Rule = {name: 'sends', per: 'user', points: 200, perMs: 3_600_000, leased: true};

test('admits exactly the burst with leases over three nodes at once', async () => {
  const redis = testRedis();
  const nodes = [await startNode(redis, 'a'), await startNode(redis, 'b'), await startNode(redis, 'c')];

  const results = await Promise.all(nodes.flatMap((node) => [takeAll(node, sends), takeAll(node, sends)]));

  const taken = results.reduce((sum, result) => sum + result.taken, 0);
  // Tokens that one node holds and another would need may stay unused, at most a tenth of the burst on each.
  expect(taken).toBeLessThanOrEqual(200);
  expect(taken).toBeGreaterThan(160);
});

test('asks Redis once for every tenth of the burst, and not at all while it refuses', async () => {
  // It has its own server, because the calls of other tests would also be counted.
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.close());
  const node = await startNode({...redis, prefix: 'test:'});
  const calls = async () => {
    const stats = await node.clients.commands.info('commandstats');
    return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce(
      (sum, [, n]) => sum + Number(n),
      0,
    );
  };
  await node.clients.commands.config('RESETSTAT');

  expect((await takeAll(node, sends)).taken).toBe(200);
  for (let again = 0; again < 100; again++) await takeAll(node, sends);

  expect(await calls()).toBeLessThanOrEqual(11);
});

const quick: Rule = {name: 'steady', per: 'user', points: 1_000, perMs: 1_000, burst: 100, leased: true};

test('refills leases at the rate, and no faster', async () => {
  const node = await startNode(testRedis());
  const startedAt = performance.now();
  await takeAll(node, quick);

  let taken = 0;
  while (performance.now() - startedAt < 400) {
    taken += (await takeAll(node, quick)).taken;
    await new Promise(setImmediate);
  }

  expect(taken).toBeLessThanOrEqual(performance.now() - startedAt + 2);
  expect(taken).toBeGreaterThan(0);
});

test('never refuses a steady sender within the rate', async () => {
  const node = await startNode(testRedis());
  await takeAll(node, quick);
  await sleep(20);

  // A third of the rate. A busy machine makes the sender slower, never faster.
  for (let sent = 0; sent < 100; sent++) {
    await node.take(quick, 'key');
    await sleep(3);
  }
});

test('waiters for one lease neither overtake the limit nor get stuck', async () => {
  const node = await startNode(testRedis());

  const results = await Promise.allSettled(Array.from({length: 300}, () => node.take(sends, 'crowd')));

  expect(results.filter(({status}) => status === 'fulfilled')).toHaveLength(200);
});

test('admits its share of the limit by itself while Redis is away', async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.close());
  const node = await startNode({...redis, prefix: 'test:'}, 'a', 2);
  await redis.kill();
  await waitFor(() => !node.clients.isUp(), {timeoutMs: 1_000, what: 'the loss'});

  expect((await takeAll(node, hourly)).taken).toBe(5);
  expect((await takeAll(node, sends)).taken).toBe(100);
  for (let guess = 0; guess < 5; guess++) await expect(node.guard(hourly, 'login', wrong)).rejects.toThrow();
  await expect(node.guard(hourly, 'login', right)).rejects.toMatchObject({code: 'rate_limited'});
});

test('waits for a Redis that hangs once, not with every take', async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.close());
  const node = await startNode({...redis, prefix: 'test:'});

  redis.pause();
  const startedAt = performance.now();
  for (let taken = 0; taken < 10; taken++) await node.take(hourly, 'key');

  // A command's time-out is 500 ms.
  expect(performance.now() - startedAt).toBeLessThan(900);
});

test('lets nobody guess more often than allowed, on whichever node', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 'a'), await startNode(redis, 'b')];
  for (let guess = 0; guess < 10; guess++) {
    await expect((guess % 2 ? a : b).guard(hourly, 'ann', wrong)).rejects.toMatchObject({
      code: 'wrong_password',
    });
  }

  let isRun = false;
  const refused = a.guard(hourly, 'ann', async () => {
    isRun = true;
  });

  await expect(refused).rejects.toMatchObject({code: 'rate_limited', retryAfterMs: expect.any(Number)});
  expect(isRun).toBe(false);
  expect(await b.guard(hourly, 'another', right)).toBe('in');
});

test('bounds guesses made at once', async () => {
  const node = await startNode(testRedis());
  let run = 0;
  const slowlyWrong = async () => {
    run++;
    await new Promise(setImmediate);
    throw new ChatError('wrong_password');
  };

  await Promise.allSettled(Array.from({length: 100}, () => node.guard(hourly, 'ann', slowlyWrong)));

  expect(run).toBe(10);
});

test('gives a point back after a right guess and after a failure that is no guess', async () => {
  const node = await startNode(testRedis());
  const failure = () => Promise.reject(new ChatError('unavailable'));

  for (let turn = 0; turn < 30; turn++) {
    expect(await node.guard(hourly, 'ann', right)).toBe('in');
    await expect(node.guard(hourly, 'ann', failure)).rejects.toMatchObject({code: 'unavailable'});
  }
});

test('forgets a wrong guess after its time', async () => {
  const node = await startNode(testRedis());
  const rule: Rule = {name: 'short', per: 'user', points: 1, perMs: 100};
  await expect(node.guard(rule, 'ann', wrong)).rejects.toMatchObject({code: 'wrong_password'});
  await expect(node.guard(rule, 'ann', right)).rejects.toMatchObject({code: 'rate_limited'});

  await waitFor(() => node.guard(rule, 'ann', right), {timeoutMs: 2_000, what: 'a free guess'});
});
