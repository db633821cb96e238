import {createMoveReader, type MovedRoom} from '@madang/database/jobs/numbered-moves';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createCluster} from '../test/cluster.ts';

/** Reads again and again, as a job of the worker would, until the room was handed on. */
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
