// A user sees where they are signed in, and ends one session of it: at once, on every node, and no other.
import {patientRequest, RawClient, registerAccount, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';

const password = 'correct horse battery';

type Listed = {
  id: string;
  createdAt: string;
  seenAt: string;
  agent?: string;
  address?: string;
  current: boolean;
};

let cluster: Gateways;
const clients: RawClient[] = [];
beforeAll(async () => {
  cluster = await startGateways(3);
}, 90_000);
afterAll(async () => {
  for (const client of clients) client.close();
  await cluster?.stop();
});

const urlOf = (no: number) => cluster.urls[no % 3]!;

async function open(no: number, who: Parameters<typeof RawClient.connect>[1]): Promise<RawClient> {
  const client = await RawClient.connect(urlOf(no), who);
  clients.push(client);
  await client.call('session:start', {});
  return client;
}

/** An account that is signed in twice. */
async function twice(name: string) {
  const desk = await registerAccount(urlOf(0), name, password);
  const {cookie} = await patientRequest(urlOf(1), 'POST', '/auth/login', {body: {username: name, password}});
  return {desk, phone: {...desk, cookie: cookie!}};
}

async function list(cookie: string, no = 2): Promise<Listed[]> {
  const {status, body} = await patientRequest<{sessions: Listed[]}>(urlOf(no), 'GET', '/me/sessions', {
    cookie,
  });
  expect(status).toBe(200);
  return body.sessions;
}
const end = async (cookie: string, id: string, no = 0) =>
  (await patientRequest(urlOf(no), 'DELETE', `/me/sessions/${id}`, {cookie})).status;
const statusOf = async (cookie: string, no: number) =>
  (await patientRequest(urlOf(no), 'GET', '/me', {cookie})).status;

test('the list has each session once, tells the current one, and no id signs anybody in', async () => {
  const {desk, phone} = await twice('lists-both');

  const ofDesk = await list(desk.cookie);
  const ofPhone = await list(phone.cookie, 0);

  expect(ofDesk.map(({current}) => current)).toEqual([false, true]);
  expect(ofPhone.map(({current}) => current)).toEqual([true, false]);
  expect(ofPhone.map(({id}) => id)).toEqual(ofDesk.map(({id}) => id));
  for (const {id, createdAt, seenAt} of ofDesk) {
    expect(Date.parse(seenAt)).toBeGreaterThanOrEqual(Date.parse(createdAt));
    expect(desk.cookie + phone.cookie).not.toContain(id);
    for (const cookie of [`madang=${id}`, `madang=s%3A${id}`]) expect(await statusOf(cookie, 1)).toBe(401);
  }
});

test('ending one closes its connections on every node and refuses it everywhere, and the other lives', async () => {
  const {desk, phone} = await twice('ends-one');
  const lasting = [await open(0, desk), await open(1, desk)];
  const ending = [await open(1, phone), await open(2, phone)];
  const [ofPhone] = await list(desk.cookie);

  expect(await end(desk.cookie, ofPhone!.id)).toBe(204);

  for (const client of ending)
    await waitFor(() => !client.socket.connected, {timeoutMs: 15_000, what: 'the connection to be closed'});
  for (const client of ending)
    expect(client.events('session:ending')).toMatchObject([{reason: 'signed_out', reconnect: false}]);
  for (const no of [0, 1, 2]) {
    expect(await statusOf(phone.cookie, no)).toBe(401);
    expect(await statusOf(desk.cookie, no)).toBe(200);
  }
  for (const client of lasting) expect(client.socket.connected).toBe(true);
  expect(await list(desk.cookie)).toMatchObject([{current: true}]);
  expect(await end(desk.cookie, ofPhone!.id, 1)).toBe(404);
});

test('nobody ends a session of somebody else', async () => {
  const {desk} = await twice('owns-it');
  const {desk: other} = await twice('wants-it');
  const [, mine] = await list(desk.cookie);

  expect(await end(other.cookie, mine!.id)).toBe(404);

  expect(await statusOf(desk.cookie, 2)).toBe(200);
});

test('ending the current one signs out, and signing out everywhere leaves no old session in the list', async () => {
  const {desk, phone} = await twice('ends-all');
  const current = (await list(desk.cookie)).find((session) => session.current);

  expect(await end(desk.cookie, current!.id, 2)).toBe(204);
  expect(await statusOf(desk.cookie, 0)).toBe(401);
  await patientRequest(urlOf(0), 'POST', '/auth/logout', {cookie: phone.cookie, body: {everywhere: true}});
  const {cookie} = await patientRequest(urlOf(1), 'POST', '/auth/login', {
    body: {username: 'ends-all', password},
  });

  expect(await list(cookie!)).toMatchObject([{current: true}]);
});

test('a guest has one session', async () => {
  const guest = await signInGuest(urlOf(1));

  expect(await list(guest.cookie)).toMatchObject([{current: true}]);
});
