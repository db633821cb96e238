import {expect, test} from 'vitest';
import {startCluster} from './cluster-processes.ts';
import {waitFor} from './wait-for.ts';

async function statusOf(url: string | undefined): Promise<number> {
  const answer = await fetch(`${url}/readyz`, {signal: AbortSignal.timeout(2_000)});
  await answer.body?.cancel();
  return answer.status;
}

test('starts gateways behind a balancer that lead a life of their own', async () => {
  const cluster = await startCluster({gateways: 2, worker: true, balancer: true, env: {DRAIN_MS: '1000'}});
  const [first, second] = cluster.gateways;
  await expect(Promise.all([first?.url, second?.url, cluster.url].map(statusOf))).resolves.toEqual([
    200, 200, 200,
  ]);
  const metrics = await fetch(first?.metricsUrl ?? '');
  expect(await metrics.text()).toContain('# HELP');

  const before = first?.pid;
  first?.kill('SIGKILL');
  await expect(first?.exited).resolves.toEqual({code: null, signal: 'SIGKILL'});
  await waitFor(async () => (await statusOf(cluster.url)) === 200, {
    timeoutMs: 5_000,
    what: 'the other gateway',
  });
  await first?.restart();
  expect(first?.pid).not.toBe(before);
  await expect(statusOf(first?.url)).resolves.toBe(200);

  second?.kill('SIGTERM');
  await expect(second?.exited).resolves.toEqual({code: 0, signal: null});
  expect(second?.logs()).toContain('gateway-2');
  await cluster.stop();
});

test('reports a process that ended by itself', async () => {
  const cluster = await startCluster({gateways: 1});

  process.kill(cluster.gateways[0]?.pid ?? 0, 'SIGKILL');
  await cluster.gateways[0]?.exited;

  await expect(cluster.stop()).rejects.toThrow('gateway-1 ended by itself (SIGKILL)');
});

test('breaks a Redis and a Postgres of its own, and the ways to them', async () => {
  const cluster = await startCluster({gateways: 1, redis: 'private', postgres: 'private', partitions: true});
  const [gateway] = cluster.gateways;

  await cluster.redis?.kill();
  await cluster.postgres?.stop('immediate');
  await Promise.all([cluster.redis?.start(), cluster.postgres?.start()]);
  expect(gateway?.toRedis?.connections()).toBeTypeOf('number');
  await waitFor(async () => (await statusOf(gateway?.url)) === 200, {timeoutMs: 10_000, what: 'the gateway'});
  gateway?.toPostgres?.set('reset');
  gateway?.toRedis?.set('blackhole');
  gateway?.toPostgres?.set('pass');
  gateway?.toRedis?.set('pass');

  await cluster.stop();
});
