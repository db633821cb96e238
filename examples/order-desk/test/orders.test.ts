// The product's flow against a running cluster: an order notifies the shop, its acceptance the customer, once each.
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startDesk, type RunningDesk} from './desk.ts';
import {Person, type Device} from './person.ts';

const {MADANG_URL = ''} = process.env;

let desk: RunningDesk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk.stop());

async function hears(device: Device, count: number): Promise<unknown[]> {
  const deadline = performance.now() + 20_000;
  while (device.told.length < count && performance.now() < deadline) await sleep(20);
  return device.told.map(({type, data}) => [type, data['orderId']]);
}

test('an order tells the shop and its acceptance the customer, also over a desk that was killed', async () => {
  const customer = await Person.enter(desk.url, 'customer');
  const shop = await Person.enter(desk.url, 'shop');
  const [ofCustomer, ofShop] = [await customer.connect(MADANG_URL), await shop.connect(MADANG_URL)];
  const {id: first} = await customer.order(shop);
  expect(await hears(ofShop, 1)).toEqual([['order.placed', first]]);
  expect((await shop.accept(first)).body.order.state).toBe('accepted');
  expect(await hears(ofCustomer, 1)).toEqual([['order.accepted', first]]);

  const {id: second} = await customer.order(shop);
  await desk.stop('SIGKILL');
  desk = await startDesk();

  expect(await hears(ofShop, 2)).toEqual([
    ['order.placed', first],
    ['order.placed', second],
  ]);
  expect(ofCustomer.told).toHaveLength(1);
  ofCustomer.client.close();
  ofShop.client.close();
});

test('serves pages with a script that brings the SDK along', async () => {
  expect(await (await fetch(desk.url, {headers: {'accept-language': 'en'}})).text()).toContain('Order desk');
  const script = await fetch(`${desk.url}/page.js`);
  expect(script.headers.get('content-type')).toContain('javascript');
  expect((await script.text()).length).toBeGreaterThan(20_000);
});
