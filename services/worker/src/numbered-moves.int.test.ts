import {createMoveReader, type MovedRoom} from '@madang/database/jobs/numbered-moves';
import {readMovesLag} from '@madang/database/jobs/moves-lag';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createCluster} from '../test/cluster.ts';

/** Reads repeatedly, as a job of the worker would, until the room was passed on. */
async function readUntil(cluster: Awaited<ReturnType<typeof createCluster>>, roomId: string) {
  const reader = createMoveReader(cluster.db, {name: 'test'});
  onTestFinished(() => reader.close());
  const handed: MovedRoom[] = [];
  await waitFor(
    async () => {
      await reader.next(async (rooms) => void handed.push(...rooms));
      return handed.some((moved) => moved.roomId === roomId);
    },
    {timeoutMs: 10_000, what: 'the room to be handed on'},
  );
  return handed.filter((moved) => moved.roomId === roomId);
}

async function readLag(metricsPort: number) {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^madang_${name} (\\S+)$`, 'm').exec(text)?.[1]);
  return {unread: value('moves_unread_seconds'), unnumbered: value('moves_unnumbered')};
}

test('says how far the jobs are behind that read what moved', async () => {
  const cluster = await createCluster();
  const late = createMoveReader(cluster.db, {name: 'late'});
  onTestFinished(() => late.close());
  await late.next(async () => undefined);
  const node = cluster.startNode('node');
  await node.asked;
  await (await cluster.enterEphemeralRoom('node')).read();

  expect((await readMovesLag(cluster.db)).unnumbered).toBeGreaterThan(0);
  const {metricsPort} = await cluster.startWorker();

  await waitFor(
    async () => {
      const {unread, unnumbered} = await readLag(metricsPort);
      return unread > 0 && unnumbered === 0;
    },
    {timeoutMs: 20_000, what: 'the metrics to say that numbered moves wait'},
  );
  await waitFor(
    async () => {
      await late.next(async () => undefined);
      return (await readLag(metricsPort)).unread === 0;
    },
    {timeoutMs: 20_000, what: 'the metrics to say that nothing waits'},
  );
});

test.each([
  ['with', {}],
  ['without', {REDIS_URL: 'redis://127.0.0.1:1'}],
])('numbers what moved for those who read, %s Redis', async (_, config) => {
  const cluster = await createCluster();
  const beginning = createMoveReader(cluster.db, {name: 'test'});
  await beginning.next(async () => undefined);
  await beginning.close();
  const node = cluster.startNode('node');
  await node.asked;
  await cluster.startWorker(config);

  const {id} = (await (await cluster.enterEphemeralRoom('node')).read()) as {id: string};

  expect((await readUntil(cluster, id)).length).toBeGreaterThanOrEqual(1);
});
