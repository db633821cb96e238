import {randomUUID} from 'node:crypto';
import type {ServerResponse} from 'node:http';
import {beginDelivery, endDelivery, leaseWebhooks} from '@madang/database/events/deliveries';
import {readEvents} from '@madang/database/events/events';
import {updateWebhook} from '@madang/database/events/webhooks';
import type {TenantEvent} from '@madang/protocol/tenant-events';
import {webhookSecret} from '@madang/runtime/webhook';
import {waitFor} from '@madang/testkit/wait-for';
import {Webhook as Verifier} from 'standardwebhooks';
import {expect, test} from 'vitest';
import {createShop, hasty, ok, patience, type Answer, type Delivery} from '../../test/shop.ts';

/** Expects every event at least once, in the order of each room. */
function expectAllInOrder(told: TenantEvent[], rooms: string[], count: number): void {
  for (const roomId of rooms) {
    const revs = told.filter((event) => event.roomId === roomId).map(({rev}) => rev!);
    const firsts = revs.filter((rev, at) => revs.indexOf(rev) === at);
    expect(firsts).toEqual(Array.from({length: count / rooms.length}, (_, no) => no + 1));
  }
}

const master = 'a secret of the tests that is long enough';

test('signs each delivery as Standard Webhooks says, for a day after a rotation with both secrets', async () => {
  const shop = await createShop();
  await shop.startWorker({}, {webhookTimes: hasty});
  await shop.send(1);
  await waitFor(() => shop.receiver.taken.length === 1, {...patience, what: 'the first delivery'});
  await updateWebhook(shop.db, shop.ref, {rotate: true}, 'webhook:rotate');
  await shop.send(1);
  await waitFor(() => shop.receiver.taken.length === 2, {...patience, what: 'the second delivery'});

  const secretOf = (rotation: number) => webhookSecret(master, {id: shop.ref.id, rotation});
  const verify = (rotation: number, {body, headers}: Delivery) =>
    new Verifier(secretOf(rotation)).verify(body, headers as Record<string, string>);
  const [first, second] = shop.receiver.taken as [Delivery, Delivery];
  expect(verify(0, first)).toMatchObject({type: 'events', data: {events: [{type: 'message.created'}]}});
  expect(() => verify(1, first)).toThrow();
  expect(verify(0, second)).toEqual(verify(1, second));
  expect(() =>
    verify(0, {...first, body: first.body.replace('message.created', 'message.Created')}),
  ).toThrow();
});

test('receivers that fail, stall and answer slowly, and workers that end: nothing is missing, in the order of the rooms', async () => {
  let no = 0;
  const faulty: Answer = (_, res) => {
    no += 1;
    if (no % 10 < 2) res.writeHead(500).end();
    else if (no % 10 === 2) res.destroy();
    else if (no % 25 === 3) return;
    else ok(_, res);
  };
  const answer = {now: faulty};
  const shop = await createShop(answer);
  for (let more = 1; more < 20; more += 1) await shop.addRoom();
  const first = await shop.startWorker({}, {webhookTimes: hasty});
  await shop.startWorker({}, {webhookTimes: hasty});
  await shop.send(1_000);
  await first.stop();
  await shop.startWorker({}, {webhookTimes: hasty});
  await shop.send(1_000);

  const isAllTold = () => new Set(shop.receiver.told().map(({id}) => id)).size === 2_000;
  await waitFor(isAllTold, {timeoutMs: 90_000, everyMs: 100, what: 'all to be told'});

  expectAllInOrder(shop.receiver.told(), shop.rooms, 2_000);
}, 120_000);

test('a worker that dies in a delivery leaves its range to the next one, which goes on under the same id', async () => {
  const shop = await createShop();
  const {db, ref, receiver} = shop;
  const numbering = await shop.startWorker({WEBHOOK_SECRET: undefined});
  await shop.send(10);
  const dead = randomUUID();
  const [leased] = await waitFor(
    async () => {
      const found = await leaseWebhooks(db, {holder: dead, limit: 1, leaseMs: 1_000});
      return found.length > 0 && found;
    },
    {...patience, what: 'something to tell'},
  );
  const {position: after, tenantId, batch: limit} = leased!;
  const page = await readEvents(db, {tenantId, after, types: ['message.created'], limit});
  await beginDelivery(db, {id: ref.id, holder: dead, to: page!.next, leaseMs: 1_000});
  await shop.send(20);
  await numbering.stop();

  await shop.startWorker({}, {webhookTimes: hasty});
  await waitFor(() => receiver.told().length >= 30, {...patience, what: 'all to be told'});

  expect(receiver.taken[0]!.id).toBe(`msg_${ref.id}_${after}_${page!.next}`);
  expect(receiver.taken[0]!.events.map(({id}) => id)).toEqual(page!.events.map(({id}) => id));
  expectAllInOrder(receiver.told(), shop.rooms, 30);
  const late = {id: ref.id, holder: dead, to: 0, batch: 100, retryMs: 0, isGone: false, disableMs: 1_000};
  expect(await endDelivery(db, late)).toBe(false);
});

test('a retry has the id and the range of what failed, and a time-out halves the batch until it is taken', async () => {
  const answer: {now: Answer} = {now: (_, res) => void res.writeHead(503).end()};
  const shop = await createShop(answer);
  await shop.send(40);
  await shop.startWorker({}, {webhookTimes: {...hasty, timeoutMs: 1_000}});
  const {tried} = shop.receiver;
  await waitFor(() => new Set(tried.map(({id}) => id)).size < tried.length - 1, {
    ...patience,
    what: 'retries',
  });
  const range = (delivery: Delivery) => delivery.events.map(({id}) => id);
  const last = tried.at(-1)!;
  expect(range(last)).toEqual(range(tried.find(({id}) => id === last.id)!));
  expect(await shop.read()).toMatchObject({status: 'failing', lastError: 'The answer was 503.'});

  const most = 10;
  answer.now = (delivery, res) => (delivery.events.length > most ? undefined : ok(delivery, res));
  await waitFor(() => shop.receiver.told().length >= 40, {...patience, what: 'smaller batches to be taken'});

  expectAllInOrder(shop.receiver.told(), shop.rooms, 40);
  expect(
    await waitFor(async () => (await shop.read()).status === 'active', {...patience, what: 'health'}),
  ).toBe(true);
});

test.each(['999999', 'Thu, 31 Dec 2099 23:59:59 GMT'])(
  'a receiver that asks to be left alone until Retry-After %j is tried again after the longest wait',
  async (retryAfter) => {
    const refuse: Answer = (_, res) => void res.writeHead(503, {'retry-after': retryAfter}).end();
    const answer = {now: refuse};
    const shop = await createShop(answer);
    await shop.startWorker({}, {webhookTimes: hasty});
    await shop.send(1);
    await waitFor(() => shop.receiver.tried.length > 0, {...patience, what: 'the first attempt'});
    answer.now = ok;

    await waitFor(() => shop.receiver.told().length === 1, {...patience, what: 'the next attempt'});
  },
);

test('a receiver that was away gets everything, and once more after a replay, under the same ids', async () => {
  const answer: {now: Answer} = {now: (_, res) => void res.destroy()};
  const shop = await createShop(answer);
  await shop.startWorker({}, {webhookTimes: hasty});
  const {position} = await shop.read();
  await shop.send(500);
  await waitFor(() => shop.receiver.tried.length > 1, {...patience, what: 'the receiver to be found away'});
  answer.now = ok;
  await waitFor(() => shop.receiver.told().length === 500, {...patience, what: 'everything to be told'});
  const ids = () => shop.receiver.told().map(({id}) => id);

  await updateWebhook(shop.db, shop.ref, {after: position}, 'webhook:replay');
  await waitFor(() => ids().length === 1_000, {...patience, what: 'everything to be told again'});

  expect(ids().slice(500)).toEqual(ids().slice(0, 500));
});

test.each([
  [
    'the receiver says that it is gone',
    (_: Delivery, res: ServerResponse) => void res.writeHead(410).end(),
    hasty,
  ],
  [
    'it has failed for too long',
    (_: Delivery, res: ServerResponse) => void res.writeHead(302, {location: 'http://127.0.0.1/'}).end(),
    {...hasty, disableMs: 300},
  ],
])(
  'is disabled where %s, with a line in the audit log, and goes on at its position',
  async (_, bad, times) => {
    const answer: {now: Answer} = {now: bad};
    const shop = await createShop(answer);
    await shop.startWorker({}, {webhookTimes: times});
    await shop.send(3);
    await waitFor(async () => (await shop.read()).status === 'disabled', {
      ...patience,
      what: 'it to be disabled',
    });
    const lines = await shop.db.query({
      name: '',
      text: `select from audit_log where action = 'webhook:disable'`,
    });
    expect(lines).toHaveLength(1);

    answer.now = ok;
    await updateWebhook(shop.db, shop.ref, {enabled: true}, 'webhook:update');
    await waitFor(() => shop.receiver.told().length === 3, {...patience, what: 'what waited to be told'});

    expectAllInOrder(shop.receiver.told(), shop.rooms, 3);
  },
);

test('nothing is sent to an address that is not public, and the webhook says why', async () => {
  const shop = await createShop();
  const {OUTBOUND_ALLOW} = shop.config;
  await shop.startWorker({OUTBOUND_ALLOW: {...OUTBOUND_ALLOW, has: () => false}}, {webhookTimes: hasty});
  await shop.send(1);

  const failed = await waitFor(
    async () => {
      const webhook = await shop.read();
      return webhook.status === 'failing' && webhook;
    },
    {...patience, what: 'the address to be refused'},
  );

  expect(failed.lastError).toBe('The address must begin with https://.');
  expect(shop.receiver.tried).toEqual([]);
});
