// The product's flow: an order notifies each of the shop's devices, its acceptance the customer's, once, and nobody else.
import {randomUUID} from 'node:crypto';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {Person, type Device} from '../../../examples/order-desk/test/person.ts';
import {openCounter, type Counter} from './counter.ts';

let counter: Counter;
beforeAll(async () => {
  counter = await openCounter();
  await counter.openDesk();
}, 90_000);
afterAll(() => counter.stop());

const until = (what: string, condition: () => boolean) => waitFor(condition, {timeoutMs: 10_000, what});
const nodes = () => counter.cluster.gateways.map(({url}) => url);
const onEveryNode = (person: Person) => Promise.all(nodes().map((url) => person.connect(url)));
const textsOf = ({told}: Device) => told.map(({data}) => data['text']);
const close = (...devices: Device[]) => {
  for (const {client} of devices) client.close();
};

test('an order and its acceptance reach three devices a side over three nodes, one of them away meanwhile', async () => {
  const [customer, shop] = [
    await Person.enter(counter.url, 'customer'),
    await Person.enter(counter.url, 'shop'),
  ];
  const [other, rival] = [
    await Person.enter(counter.url, 'customer'),
    await Person.enter(counter.url, 'shop'),
  ];
  const [ofCustomer, ofShop] = [await onEveryNode(customer), await onEveryNode(shop)];
  const bystanders = [await other.connect(nodes()[0]!), await rival.connect(nodes()[1]!)];
  ofCustomer[2]!.client.disconnect();
  ofShop[2]!.client.disconnect();

  const {id} = await customer.order(shop);
  await until('the shop to be told', () => ofShop.slice(0, 2).every(({told}) => told.length > 0));
  expect((await shop.accept(id)).body.order.state).toBe('accepted');
  await until('the customer to be told', () => ofCustomer.slice(0, 2).every(({told}) => told.length > 0));
  await Promise.all([ofCustomer[2]!, ofShop[2]!].map(({client}) => client.connect()));

  const all = [...ofCustomer, ...ofShop];
  await until('those who were away to find it', () => all.every(({told}) => told.length > 0));
  for (const device of ofShop) {
    expect(textsOf(device)).toEqual(['주문이 들어왔습니다.']);
    expect(device.told[0]).toMatchObject({type: 'order.placed', data: {orderId: id, link: `#order-${id}`}});
  }
  for (const device of ofCustomer) expect(textsOf(device)).toEqual(['주문이 승인되었습니다.']);

  await ofShop[1]!.client.notifications.markRead([ofShop[1]!.told[0]!.id]);
  await until('it to be read on all', () => ofShop.every(({client}) => client.notifications.unread === 0));
  for (const {client} of ofCustomer) expect(client.notifications.unread).toBe(1);
  for (const {told, client} of bystanders) expect([told, client.notifications.items]).toEqual([[], []]);
  close(...all, ...bystanders);
});

test('only that shop accepts, and a second time changes nothing', async () => {
  const [customer, shop] = [
    await Person.enter(counter.url, 'customer'),
    await Person.enter(counter.url, 'shop'),
  ];
  const [other, rival] = [
    await Person.enter(counter.url, 'customer'),
    await Person.enter(counter.url, 'shop'),
  ];
  const device = await customer.connect(nodes()[0]!);
  const {id} = await customer.order(shop);

  expect((await rival.accept(id)).status).toBe(404);
  expect((await other.accept(id)).status).toBe(404);
  expect((await customer.accept(id)).status).toBe(403);
  expect((await shop.accept(randomUUID())).status).toBe(404);
  expect((await customer.orders())[0]).toMatchObject({id, state: 'placed'});
  const accepted = await Promise.all([shop.accept(id), shop.accept(id), shop.accept(id)]);

  expect(accepted.map(({status, body}) => [status, body.order.state])).toEqual(
    [200, 200, 200].map((s) => [s, 'accepted']),
  );
  const {id: next} = await customer.order(shop);
  await shop.accept(next);
  await until('what came after', () => device.told.length >= 2);
  expect(device.told.map(({data}) => data['orderId'])).toEqual([id, next]);
  expect(await rival.orders()).toEqual([]);
  close(device);
});

test('an order sent twice is one, and only customers order, at shops', async () => {
  const [customer, shop] = [
    await Person.enter(counter.url, 'customer'),
    await Person.enter(counter.url, 'shop'),
  ];
  const {id, createdAt} = await customer.order(shop);
  const {body} = await customer.ask<{shops: {id: string; name: string}[]}>('POST', '/session', {});
  const shopId = body.shops.find(({name}) => name === shop.name)!.id;

  const again = await customer.ask<{order: object}>('POST', '/orders', {id, shopId, item: 'something else'});
  expect(again).toMatchObject({status: 201, body: {order: {id, createdAt, item: 'cake'}}});
  expect((await shop.ask('POST', '/orders', {shopId, item: 'cake'})).status).toBe(403);
  expect((await customer.ask('POST', '/orders', {shopId: randomUUID(), item: 'cake'})).status).toBe(404);
  expect((await customer.ask('POST', '/orders', {shopId, item: ' '})).status).toBe(400);
  const stranger = await fetch(`${counter.url}/orders.json`, {
    headers: {cookie: `order-desk=${shopId}.forged`},
  });
  expect(stranger.status).toBe(401);
  for (const origin of ['https://evil.example', 'null']) {
    expect((await fetch(`${counter.url}/leave`, {method: 'POST', headers: {origin}})).status).toBe(403);
  }
});

test('a name that is taken needs its password', async () => {
  const {name} = await Person.enter(counter.url, 'customer');

  const answer = await fetch(`${counter.url}/enter`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({role: 'customer', name, password: 'something else'}),
  });

  expect(answer.status).toBe(403);
  expect(answer.headers.getSetCookie()).toEqual([]);
});
