import {createLogger} from '@madang/runtime/log';
import {testRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createRedisClients} from './clients.ts';
import {createDeliveryDebts} from './delivery-debts.ts';

const log = createLogger({name: 'test', level: 'silent'});

async function startNode(redis: {url: string; prefix: string}, rate: number | undefined) {
  const clients = createRedisClients({...redis, log});
  await clients.connect();
  const debts = createDeliveryDebts({clients, log, nodes: () => 2, rateOf: () => rate});
  onTestFinished(async () => {
    debts.close();
    await clients.close();
  });
  return {...debts, clients};
}

test('what one node delivers beyond the rate the sends of every node wait for, until it is paid', async () => {
  const redis = testRedis();
  const [a, b] = [await startNode(redis, 100), await startNode(redis, 100)];
  expect(b.waitMs('shop')).toBe(0);

  // Three seconds' worth, of which one second's worth may pass at once.
  a.booked('shop', 300);

  const patience = {timeoutMs: 20_000};
  await waitFor(() => a.waitMs('shop') > 0 && b.waitMs('shop') > 0, {
    ...patience,
    what: 'the debt to be known',
  });
  expect(Math.max(a.waitMs('shop'), b.waitMs('shop'))).toBeLessThanOrEqual(2_000);
  expect(b.waitMs('another')).toBe(0);
  await waitFor(() => a.waitMs('shop') + b.waitMs('shop') === 0, {...patience, what: 'the debt to be paid'});
});

test('without Redis a node counts against its share, and without a bound nobody waits', async () => {
  const redis = testRedis();
  const [bounded, free] = [await startNode(redis, 100), await startNode(redis, undefined)];
  for (const {clients} of [bounded, free]) clients.commands.disconnect();

  // The rate is 50 a second.
  for (const {booked} of [bounded, free]) booked('shop', 500);

  await waitFor(() => bounded.waitMs('shop') > 5_000, {timeoutMs: 20_000, what: 'the debt to be known'});
  expect(free.waitMs('shop')).toBe(0);
});
