import {waitFor} from '@madang/testkit/wait-for';
import {expect, test} from 'vitest';
import {createCluster} from '../test/cluster.ts';

const readMetrics = async (port: number) => {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return new Map(
    [...text.matchAll(/^(madang_(?:postgres|redis|numbering)_\w+) (\S+)$/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]),
  );
};

test('says how near Postgres and Redis are to their limits, and nothing old while Postgres is away', async () => {
  const cluster = await createCluster();
  const {metricsPort} = await cluster.startWorker();

  const metrics = await readMetrics(metricsPort);

  const value = (name: string) => metrics.get(`madang_${name}`) ?? Number.NaN;
  expect(value('postgres_connections')).toBeGreaterThan(0);
  expect(value('postgres_connections_max')).toBeGreaterThan(value('postgres_connections'));
  expect(value('postgres_database_bytes')).toBeGreaterThan(1_000_000);
  expect(value('numbering_lag_seconds')).toBe(-1);
  expect(value('redis_memory_bytes')).toBeGreaterThan(100_000);
  expect(metrics.has('madang_redis_memory_max_bytes')).toBe(true);

  await cluster.postgres.close();

  await waitFor(
    async () => {
      const without = await readMetrics(metricsPort);
      const ofPostgres = [...without.keys()].filter((name) => /postgres|numbering/.test(name!));
      return ofPostgres.length === 0 && without.has('madang_redis_memory_bytes');
    },
    {timeoutMs: 10_000, what: 'the metrics of Postgres to go, and those of Redis to stay'},
  );
});
