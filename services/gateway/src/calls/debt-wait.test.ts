import {expect, test} from 'vitest';
import type {Context} from '../context.ts';
import {createDebtWait} from './debt-wait.ts';

const deadlineMs = 900;
const ctx = (receivedAt = performance.now()) =>
  ({caller: {tenantId: 't1'}, receivedAt}) as unknown as Context;

test('a send waits for a small debt, and is refused for one that its deadline does not leave time for', async () => {
  const startedAt = performance.now();
  await createDebtWait({waitMs: () => 50}, deadlineMs)(ctx());
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(49);

  const long = createDebtWait({waitMs: () => 2_000}, deadlineMs);
  await expect(long(ctx())).rejects.toMatchObject({
    code: 'rate_limited',
    retryAfterMs: 2_000,
    details: {limit: 'deliveries', per: 'tenant'},
  });
});

test('so many sends wait at once, and further ones are refused', async () => {
  const wait = createDebtWait({waitMs: () => 1_000}, 60_000);
  const outcomes = await Promise.allSettled(Array.from({length: 1_100}, () => wait(ctx())));

  expect(outcomes.filter(({status}) => status === 'rejected')).toHaveLength(100);
});
