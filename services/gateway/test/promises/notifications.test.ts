// A notified user is told on every device, once and in order, whatever is lost on the way; nobody else ever is.
import {randomUUID} from 'node:crypto';
import {RawClient, registerAccount, request} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';
import {idsToldTo, onDevices, readOn, startService, toldOf, type Service} from '../support/notifying.ts';

let cluster: Gateways;
let service: Service;
beforeAll(async () => {
  cluster = await startGateways(3);
  service = await startService(cluster.databaseUrl);
});
afterAll(() => cluster.stop());

const urlOf = (no: number) => cluster.urls[no % cluster.urls.length]!;
const until = (what: string, condition: () => boolean, timeoutMs = 10_000) =>
  waitFor(condition, {timeoutMs, what});
const close = (...clients: RawClient[]) => {
  for (const client of clients) client.close();
};

test('tells every device on every node, once and in order, and nobody else', async () => {
  const {who, devices} = await onDevices(cluster.urls);
  const other = await onDevices(cluster.urls);

  const ids: string[] = [];
  for (let no = 0; no < 6; no += 1) {
    ids.push(...(await service.notify(urlOf(no), {to: [who.user.id], data: {no, note: null}})));
  }

  await until('all to be told', () => devices.every((device) => toldOf(device).length >= 6));
  for (const device of devices) {
    expect(idsToldTo(device)).toEqual(ids);
    expect(toldOf(device).map(({notification}) => notification.data)).toEqual(
      ids.map((_, no) => ({no, note: null})),
    );
  }
  expect(await devices[0]!.call('notification:list', {})).toMatchObject({unread: 6});
  for (const device of other.devices) {
    expect([...toldOf(device), ...readOn(device)]).toEqual([]);
    expect(await device.call('notification:list', {})).toEqual({notifications: [], unread: 0});
    expect(await device.call('notification:read', {ids})).toEqual({unread: 0});
    expect(await device.ask('notification:read', {upTo: ids[0]!})).toMatchObject({
      error: {code: 'not_found'},
    });
  }
  expect(await devices[0]!.call('notification:list', {})).toMatchObject({unread: 6});
  close(...devices, ...other.devices);
});

test('what is read on one device is read on all', async () => {
  const {who, devices} = await onDevices(cluster.urls);
  const to = [who.user.id];
  const ids = [];
  for (let no = 0; no < 3; no += 1) ids.push(...(await service.notify(urlOf(no), {to})));
  const [one, two, three] = ids as [string, string, string];

  expect(await devices[0]!.call('notification:read', {ids: [two]})).toEqual({unread: 2});
  const overHttp = await request(urlOf(1), 'POST', '/notifications/read', {
    cookie: who.cookie,
    body: {upTo: three},
  });
  expect(overHttp).toMatchObject({status: 200, body: {unread: 0}});

  await until('all to know', () =>
    devices.every((device) => readOn(device).flatMap((read) => read.ids).length >= 3),
  );
  for (const device of devices) {
    expect(readOn(device).flatMap((read) => read.ids)).toEqual([two, one, three]);
    expect(readOn(device).at(-1)!.unread).toBe(0);
    expect(idsToldTo(device)).toEqual(ids);
  }
  const held = await request(urlOf(2), 'GET', '/notifications?limit=2', {cookie: who.cookie});
  expect(held.body).toMatchObject({
    unread: 0,
    notifications: [{id: three}, {id: two}],
    next: expect.any(String),
  });
  expect((held.body['notifications'] as {readAt?: string}[]).every(({readAt}) => readAt)).toBe(true);
  close(...devices);
});

test('who was offline finds it on return, in order, and it does not come as new', async () => {
  const who = await registerAccount(urlOf(0));
  const ids = [];
  for (let no = 0; no < 3; no += 1) ids.push(...(await service.notify(urlOf(no), {to: [who.user.id]})));

  const device = await RawClient.connect(urlOf(1), who);
  const held = await device.call('notification:list', {});
  const later = await service.notify(urlOf(2), {to: [who.user.id]});

  expect(held.notifications.map(({id}) => id)).toEqual(ids.toReversed());
  expect(held.unread).toBe(3);
  await until('the new one', () => toldOf(device).length > 0);
  expect(idsToldTo(device)).toEqual(later);
  close(device);
});

test('one key fifty times at once over three nodes is one notification each', async () => {
  const people = [await onDevices(cluster.urls), await onDevices(cluster.urls)];
  const to = people.map(({who}) => who.user.id);
  const key = randomUUID();

  const answers = await Promise.all(
    Array.from({length: 50}, (_, no) => service.notify(urlOf(no), {to, key})),
  );
  const last = await service.notify(urlOf(0), {to});

  expect(new Set(answers.map((ids) => ids.join(' '))).size).toBe(1);
  for (const [index, {devices}] of people.entries()) {
    await until('the last one', () => devices.every((device) => idsToldTo(device).includes(last[index]!)));
    for (const device of devices) expect(idsToldTo(device)).toEqual([answers[0]![index], last[index]]);
    expect(await devices[0]!.call('notification:list', {})).toMatchObject({unread: 2});
    close(...devices);
  }
});

test('what is notified at once from all nodes comes in one order to all devices', async () => {
  const {who, devices} = await onDevices([...cluster.urls, ...cluster.urls]);

  await Promise.all(Array.from({length: 40}, (_, no) => service.notify(urlOf(no), {to: [who.user.id]})));

  await until('all to be told', () => devices.every((device) => toldOf(device).length >= 40));
  const {notifications} = await devices[0]!.call('notification:list', {});
  const inOrder = notifications.map(({id}) => id).toReversed();
  for (const device of devices) expect(idsToldTo(device)).toEqual(inOrder);
  close(...devices);
});

test('misses and repeats nothing for devices that connect meanwhile', async () => {
  const who = await registerAccount(urlOf(0));
  const to = [who.user.id];
  const sending = (async () => {
    for (let no = 0; no < 60; no += 1) await service.notify(urlOf(no), {to});
    return service.notify(urlOf(0), {to});
  })();
  const arrivals = await Promise.all(
    Array.from({length: 12}, async (_, no) => {
      // One after another, while the notifications arrive.
      for (let turn = 0; turn < no; turn += 1) await request(urlOf(no), 'GET', '/notifications', who);
      const device = await RawClient.connect(urlOf(no), who);
      return {device, held: await device.call('notification:list', {limit: 200})};
    }),
  );
  const [last] = await sending;

  const {notifications} = await arrivals[0]!.device.call('notification:list', {limit: 200});
  const inOrder = notifications.map(({id}) => id).toReversed();
  for (const {device, held} of arrivals) {
    await until('the last one', () => idsToldTo(device).includes(last!));
    const told = idsToldTo(device);
    expect(told).toEqual(inOrder.slice(-told.length));
    expect(new Set([...held.notifications.map(({id}) => id), ...told])).toEqual(new Set(inOrder));
    close(device);
  }
});

test('clients that send the events themselves are refused, and nobody is told', async () => {
  const {who, devices} = await onDevices(cluster.urls.slice(0, 2));
  const forger = await onDevices(cluster.urls.slice(0, 1));
  const notification = {id: randomUUID(), type: 'order', data: {}, createdAt: new Date().toISOString()};

  for (const event of ['notification:created', 'notification:read', 'signal']) {
    const payload = {
      notification,
      unread: 1,
      kind: 'notified',
      userIds: [who.user.id],
      ids: [notification.id],
    };
    expect(await forger.devices[0]!.ask(event as never, payload as never)).toMatchObject({
      ok: false,
      error: {code: 'invalid'},
    });
  }
  const body = {to: [who.user.id], type: 'order', data: {}};
  const {cookie} = forger.who;
  expect((await request(urlOf(0), 'POST', '/notifications', {cookie, body})).body.error!.code).toBe(
    'forbidden',
  );

  const [id] = await service.notify(urlOf(1), {to: [who.user.id]});
  await until('the real one', () => devices.every((device) => toldOf(device).length > 0));
  for (const device of devices) expect(idsToldTo(device)).toEqual([id]);
  close(...devices, ...forger.devices);
});
