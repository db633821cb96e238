/**
 * Keys and tickets over several nodes: a revoked key, and the users and tickets of a product, stop working within 2 s
 * on each node. One-time acts happen once.
 */
import {randomUUID} from 'node:crypto';
import {addApiKey, revokeApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {disableUser} from '@madang/database/users/users';
import type {User} from '@madang/protocol/users';
import {RawClient, Refused, patientRequest, request, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';

const withinMs = 2_000;
const silent = {debug() {}, info() {}, warn() {}, error() {}};

let cluster: Gateways;
let db: Database;
let tenantId: string;
let service: SignedIn;
beforeAll(async () => {
  // Without broadcasts only the pulse brings the news, as promised.
  cluster = await startGateways(3, {MADANG_DROP_BROADCASTS: '1'});
  db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test', deadlineMs: 20_000});
  ({id: tenantId} = await findTenantByHost(db, '127.0.0.1'));
  service = await addService();
});
afterAll(async () => {
  await cluster.stop();
  await db.close();
});

async function addService(): Promise<SignedIn & {keyId: string}> {
  const {id: keyId, key, user} = await addApiKey(db, {tenantId, service: 'shop'});
  return {user, cookie: '', token: key, keyId};
}

async function asService<Body>(method: string, path: string, body: unknown): Promise<Body> {
  const [url] = cluster.urls as [string];
  const answer = await patientRequest<Body>(url, method, path, {token: service.token!, body});
  if (answer.body.error) throw new Refused(path, answer.body.error);
  return answer.body;
}

async function customer(): Promise<User> {
  const {user} = await asService<{user: User}>('PUT', `/users/${randomUUID()}`, {name: 'Customer'});
  return user;
}

async function ticketOf(userId: string): Promise<string> {
  const {ticket} = await asService<{ticket: string}>('POST', '/auth/tickets', {userId});
  return ticket;
}

/** Why each connection was ended, once all were. Each must have been told within the limit. */
async function endings(tabs: RawClient[], since: number): Promise<string[]> {
  const told = (tab: RawClient) => tab.received.find(({event}) => event === 'session:ending');
  await waitFor(() => tabs.every((tab) => told(tab) && !tab.socket.connected), {
    timeoutMs: 10_000,
    what: 'the connections to end',
  });
  for (const tab of tabs) expect(told(tab)!.at - since).toBeLessThan(withinMs);
  return tabs.map((tab) => (told(tab)!.payload as {reason: string}).reason);
}

test('a revoked key ends its connections on every node, and is refused there from then on', async () => {
  const revoked = await addService();
  const tabs = await Promise.all(cluster.urls.map((url) => RawClient.connect(url, revoked)));
  const kept = await Promise.all(cluster.urls.map((url) => RawClient.connect(url, service)));
  const [{room}] = [await tabs[0]!.call('room:create', {title: 'Orders'})];
  await tabs[1]!.send(room.id, 'before');

  await revokeApiKey(db, {id: revoked.keyId});
  const since = performance.now();

  for (const url of cluster.urls) {
    const {status} = await patientRequest(url, 'GET', '/me', {token: revoked.token!});
    expect(status).toBe(401);
    await expect(RawClient.connect(url, revoked)).rejects.toMatchObject({error: {code: 'unauthenticated'}});
  }
  expect(await endings(tabs, since)).toEqual(['signed_out', 'signed_out', 'signed_out']);
  // The service's other key stays valid.
  for (const tab of kept) {
    expect(tab.socket.connected).toBe(true);
    await tab.send(room.id, 'after');
    tab.close();
  }
});

test('a ticket sent 20 times at once over three nodes signs in once', async () => {
  const user = await customer();
  const ticket = await ticketOf(user.id);

  const answers = await Promise.all(
    Array.from({length: 20}, (_, no) =>
      request(cluster.urls[no % 3]!, 'POST', '/auth/ticket', {body: {ticket, token: no % 2 === 0}}),
    ),
  );

  const signedIn = answers.filter(({status}) => status === 200);
  expect(signedIn).toHaveLength(1);
  expect(signedIn[0]!.body['user']).toEqual(user);
  for (const {status, body, cookie} of answers.filter((answer) => answer !== signedIn[0])) {
    expect([401, 503]).toContain(status);
    expect({error: body.error?.code, cookie}).toEqual({error: expect.any(String), cookie: undefined});
  }
});

test('a used ticket is refused on every node at once', async () => {
  const user = await customer();
  const ticket = await ticketOf(user.id);
  await patientRequest(cluster.urls[1]!, 'POST', '/auth/ticket', {body: {ticket}});

  for (const url of cluster.urls) {
    const {status} = await patientRequest(url, 'POST', '/auth/ticket', {body: {ticket}});
    expect(status).toBe(401);
  }
});

test("a product's user is signed in by token on every node, and out of each when disabled", async () => {
  const user = await customer();
  const {body} = await patientRequest<{token: string}>(cluster.urls[0]!, 'POST', '/auth/ticket', {
    body: {ticket: await ticketOf(user.id), token: true},
  });
  const who = {user, cookie: '', token: body.token};
  const tabs = await Promise.all(cluster.urls.map((url) => RawClient.connect(url, who)));
  const unused = await ticketOf(user.id);

  await disableUser(db, {tenantId, userId: user.id});
  const since = performance.now();

  expect(await endings(tabs, since)).toEqual(['revoked', 'revoked', 'revoked']);
  for (const url of cluster.urls) {
    const {status} = await patientRequest(url, 'GET', '/me', {token: body.token});
    expect(status).toBe(401);
  }
  const {status} = await patientRequest(cluster.urls[2]!, 'POST', '/auth/ticket', {body: {ticket: unused}});
  expect(status).toBe(403);
});

test('a service makes a room for two users, speaks in it and reads what they said', async () => {
  const [ann, ben] = [await customer(), await customer()];
  const {body} = await patientRequest<{token: string}>(cluster.urls[1]!, 'POST', '/auth/ticket', {
    body: {ticket: await ticketOf(ann.id), token: true},
  });
  const tab = await RawClient.connect(cluster.urls[1]!, {user: ann, cookie: '', token: body.token});
  await tab.call('session:start', {});
  const {room} = await asService<{room: {id: string}}>('POST', '/rooms', {
    title: 'Order 7',
    visibility: 'private',
    clientId: randomUUID(),
  });
  for (const {id: userId} of [ann, ben]) await asService('POST', `/rooms/${room.id}/members`, {userId});
  await waitFor(
    () => tab.events<{room: {id: string}}>('room:joined').some((state) => state.room.id === room.id),
    {
      timeoutMs: 5_000,
      what: 'the member to be told',
    },
  );
  await asService('POST', `/rooms/${room.id}/messages`, {clientId: randomUUID(), text: 'Ready at six'});
  await tab.send(room.id, 'Thank you');

  const {messages} = await asService<{messages: {sender: {id: string}; text: string}[]}>(
    'GET',
    `/rooms/${room.id}/messages`,
    undefined,
  );

  expect(messages.map(({sender, text}) => [sender.id, text])).toEqual([
    [ann.id, 'Thank you'],
    [service.user.id, 'Ready at six'],
  ]);
  await asService('DELETE', `/rooms/${room.id}/members/${ann.id}`, {});
  await waitFor(() => tab.events('room:left').length === 1, {timeoutMs: 5_000, what: 'the end to be told'});
  tab.close();
});
