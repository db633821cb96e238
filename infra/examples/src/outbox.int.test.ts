// What was committed is announced exactly once, even if the desk or a gateway crashes in between.
import {staysTrue} from '@madang/testkit/stays-true';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {Person} from '../../../examples/order-desk/test/person.ts';
import {openCounter, type Counter} from './counter.ts';

test('a desk that dies before it told, or before it ticked off, leaves one notification each', async () => {
  const counter = await openCounter({gateways: 2});
  onTestFinished(() => counter.stop());
  const desk = await counter.openDesk();
  const [customer, shop] = [
    await Person.enter(counter.url, 'customer'),
    await Person.enter(counter.url, 'shop'),
  ];
  const device = await shop.connect(counter.cluster.gateways[0]!.url);
  const first = await customer.order(shop);
  await waitFor(() => device.told.length === 1, {timeoutMs: 10_000, what: 'the shop to be told'});
  const query = (text: string) => counter.db.query<{count: number}>({name: '', text});
  const unsent = async () =>
    (await query('select count(*)::int as count from outbox where sent_at is null'))[0]!.count;
  await waitFor(async () => (await unsent()) === 0, {timeoutMs: 10_000, what: 'it to be ticked off'});

  await desk.stop();
  // The state after a crash: one entry is announced but not ticked off, one is committed but not announced.
  await query('update outbox set sent_at = null');
  await orderTea(counter);
  await counter.openDesk();

  await waitFor(async () => (await unsent()) === 0, {timeoutMs: 15_000, what: 'all to be told'});
  await waitFor(() => device.told.length >= 2, {timeoutMs: 10_000, what: 'the shop to be told'});
  expect(device.told).toHaveLength(2);
  expect(device.told[0]!.data['orderId']).toBe(first.id);
  const {notifications} = await device.client.call('notification:list', {});
  expect(notifications).toHaveLength(2);
  device.client.close();
});

test('a gateway killed between commit and broadcast changes nothing of that', async () => {
  const counter = await openCounter({
    gateways: 3,
    env: (gateway) => (gateway === 0 ? {MADANG_CRASH_AT: 'after_commit_before_broadcast'} : {}),
  });
  onTestFinished(() => counter.stop());
  await counter.openDesk();
  const [crashing, ...healthy] = counter.cluster.gateways;
  const [customer, shop] = [
    await Person.enter(counter.url, 'customer'),
    await Person.enter(counter.url, 'shop'),
  ];
  const devices = await Promise.all(healthy.map(({url}) => shop.connect(url)));
  let hasCrashed = false;
  void crashing!.exited.then(() => (hasCrashed = true));

  const ids: string[] = [];
  // The balancer sends a request to the crashing gateway in turn.
  while (!hasCrashed && ids.length < 20) {
    ids.push((await customer.order(shop)).id);
    await waitFor(() => hasCrashed || devices.every(({told}) => told.length >= ids.length), {
      timeoutMs: 15_000,
      what: 'the shop to be told, or the gateway to die',
    });
  }

  expect(hasCrashed).toBe(true);
  await waitFor(() => devices.every(({told}) => told.length >= ids.length), {
    timeoutMs: 15_000,
    what: 'the shop to hear of all',
  });
  for (const {told, client} of devices) {
    expect(told.map(({data}) => data['orderId'])).toEqual(ids);
    client.close();
  }
}, 60_000);

test('a key that is revoked for a while loses no notification', async () => {
  const counter = await openCounter({gateways: 1});
  onTestFinished(() => counter.stop());
  await counter.openDesk();
  const [customer, shop] = [
    await Person.enter(counter.url, 'customer'),
    await Person.enter(counter.url, 'shop'),
  ];
  const device = await shop.connect(counter.cluster.gateways[0]!.url);
  await customer.order(shop);
  await waitFor(() => device.told.length === 1, {timeoutMs: 10_000, what: 'the shop to hear of the first'});

  await counter.setKeyRevoked(true);
  await orderTea(counter);
  const isWaiting = async () => {
    const rows = await counter.db.query<{refused: string | null}>({
      name: '',
      text: 'select refused from outbox where sent_at is null',
    });
    return rows.length === 1 && rows[0]!.refused === null;
  };
  // The desk tries once a second.
  await staysTrue(isWaiting, 3_000, {what: 'that the row waits'});
  await counter.setKeyRevoked(false);

  await waitFor(() => device.told.length === 2, {timeoutMs: 20_000, what: 'the shop to hear of the second'});
  device.client.close();
}, 60_000);

/** Commits for an order what the desk would, without the desk's process. */
function orderTea({db}: Counter) {
  return db.query({
    name: '',
    text: `
      with o as (
        insert into orders (id, customer_id, shop_id, item)
        select gen_random_uuid(), customer_id, shop_id, 'tea' from orders returning *
      )
      insert into outbox (key, chat_user_id, type, data)
      select 'order.placed:' || o.id, p.chat_user_id, 'order.placed', json_build_object('orderId', o.id)
      from o join people p on p.id = o.shop_id`,
  });
}
