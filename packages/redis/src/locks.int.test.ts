import {createLogger} from '@madang/runtime/log';
import {testRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createRedisClients} from './clients.ts';
import {runLocked} from './locks.ts';

const clients = createRedisClients({...testRedis(), log: createLogger({name: 'test', level: 'silent'})});
beforeAll(() => clients.connect());
afterAll(() => clients.close());

test('lets one do the work and turns others away meanwhile', async () => {
  let othersRan: boolean | undefined;

  const ran = await runLocked(clients, 'job', 5_000, async () => {
    othersRan = await runLocked(clients, 'job', 5_000, async () => {});
  });

  expect([ran, othersRan]).toEqual([true, false]);
});

test('is free again after the work, also when it failed', async () => {
  await expect(runLocked(clients, 'failing', 5_000, () => Promise.reject(new Error('no')))).rejects.toThrow(
    'no',
  );

  expect(await runLocked(clients, 'failing', 5_000, async () => {})).toBe(true);
});

test('is free again when its holder dawdles, who then does not release it for the next', async () => {
  const {promise: dawdling, resolve: finish} = Promise.withResolvers<void>();
  const first = runLocked(clients, 'slow', 50, () => dawdling);
  await waitFor(async () => !(await clients.commands.exists(clients.keys.lock('slow'))), {
    timeoutMs: 2_000,
    what: 'the expiry',
  });

  let isHeldAfterwards = 0;
  await runLocked(clients, 'slow', 5_000, async () => {
    finish();
    await first;
    isHeldAfterwards = await clients.commands.exists(clients.keys.lock('slow'));
  });

  expect(isHeldAfterwards).toBe(1);
});
