/**
 * Row 5 of what the shared backend must show: revoking a key ends the sessions that its tickets began, on every node
 * within 2 s, even while Redis is away. Replacing a key ends none.
 */
import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {findTenantByHost} from '@madang/database/operator/tenants';
import type {CreateKeyResult} from '@madang/protocol/keys';
import type {User} from '@madang/protocol/users';
import {patiently} from '@madang/testkit/patience';
import {patientRequest, RawClient, Refused} from '@madang/testkit/raw-client';
import {startPrivateRedis, type PrivateRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';

const withinMs = 2_000;
const silent = {debug() {}, info() {}, warn() {}, error() {}};

let redis: PrivateRedis;
let cluster: Gateways;
let urls: string[];
let db: Database;
let admin: string;
beforeAll(async () => {
  redis = await startPrivateRedis();
  // Without broadcasts only the pulse brings the news, as promised.
  const env = {REDIS_URL: redis.url, SESSION_ID_FORMAT: '2', MADANG_DROP_BROADCASTS: '1', LOG_LEVEL: 'error'};
  cluster = await startGateways(2, env);
  // Stands for a release that reads both formats and writes the old one.
  const {url} = await cluster.add({SESSION_ID_FORMAT: '1'});
  urls = [...cluster.urls, url];
  db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test', deadlineMs: 20_000});
  const {id: tenantId} = await findTenantByHost(db, '127.0.0.1');
  ({key: admin} = await addApiKey(db, {tenantId, service: 'ops', scopes: ['admin', 'users', 'send']}));
}, 60_000);
afterAll(async () => {
  await cluster?.stop();
  await db?.close();
  await redis?.close();
});

type Who = {user: User; cookie: string; token: string};

async function call<Body>(method: string, path: string, body: unknown, token?: string, url = urls[0]!) {
  const answer = await patientRequest<Body>(url, method, path, {...(token && {token}), body});
  if (answer.body.error) throw new Refused(path, answer.body.error);
  return answer.body;
}

async function newKey(more: object = {}): Promise<{id: string; secret: string}> {
  const body = {service: 'shop', scopes: ['users', 'send'], ...more};
  const {key, secret} = await call<CreateKeyResult>('POST', '/keys', body, admin);
  return {id: key.id, secret};
}

/** Signs in a new customer with a ticket of the key; the gateway that redeems it writes new ids. */
async function signIn(secret: string): Promise<Who> {
  const {user} = await call<{user: User}>('PUT', `/users/${randomUUID()}`, {name: 'Customer'}, secret);
  const {ticket} = await call<{ticket: string}>('POST', '/auth/tickets', {userId: user.id}, secret);
  const {token} = await call<{token: string}>('POST', '/auth/ticket', {ticket, token: true});
  return {user, cookie: '', token};
}

async function sessionsOf(secret: string, count: number): Promise<{who: Who; tab: RawClient}[]> {
  const sessions = [];
  for (let no = 0; no < count; no += 1) {
    const who = await signIn(secret);
    sessions.push({who, tab: await patiently(() => RawClient.connect(urls[no % 3]!, who))});
  }
  return sessions;
}

async function expectEnded(tabs: RawClient[], since: number, reason: string): Promise<void> {
  const told = (tab: RawClient) => tab.received.find(({event}) => event === 'session:ending');
  await waitFor(() => tabs.every((tab) => told(tab) && !tab.socket.connected), {
    timeoutMs: 10_000,
    what: 'the connections to end',
  });
  for (const tab of tabs) {
    expect(told(tab)!.payload).toMatchObject({reason});
    expect(told(tab)!.at - since).toBeLessThan(withinMs);
  }
}

const statusOf = async (url: string, token: string) =>
  (await patientRequest(url, 'GET', '/rooms', {token})).status;

test('a revoked key ends its 100 sessions within 2 s on every node, and no other’s', async () => {
  const [key, other] = [await newKey(), await newKey()];
  const ended = await sessionsOf(key.secret, 100);
  const kept = await sessionsOf(other.secret, 3);
  const [unused] = [await signIn(key.secret)];

  await call('DELETE', `/keys/${key.id}`, {}, admin);
  await expectEnded(
    ended.map(({tab}) => tab),
    performance.now(),
    'revoked',
  );

  for (const url of urls) {
    for (const {token} of [ended[0]!.who, ended[99]!.who, unused!]) {
      expect(await statusOf(url, token)).toBe(401);
      const who = {user: unused!.user, cookie: '', token};
      await expect(patiently(() => RawClient.connect(url, who))).rejects.toMatchObject({
        error: {code: 'unauthenticated'},
      });
    }
  }
  for (const {tab} of kept) {
    await tab.call('room:list', {});
    tab.close();
  }
}, 90_000);

test('a key that is replaced, or revoked without its sessions, ends none; later they still can be', async () => {
  const [replaced, spared] = [await newKey(), await newKey()];
  const sessions = [...(await sessionsOf(replaced.secret, 3)), ...(await sessionsOf(spared.secret, 3))];
  const witness = await newKey();
  const [seen] = await sessionsOf(witness.secret, 1);

  await newKey({replaces: replaced.id, overlapSeconds: 0});
  await call('DELETE', `/keys/${spared.id}`, {sessions: false}, admin);
  expect(await statusOf(urls[1]!, replaced.secret)).toBe(401);
  expect(await statusOf(urls[1]!, spared.secret)).toBe(401);
  // Later signals have been seen, so these have been, too.
  await call('DELETE', `/keys/${witness.id}`, {}, admin);
  await expectEnded([seen!.tab], performance.now(), 'revoked');

  for (const {tab} of sessions) await tab.call('room:list', {});
  for (const {id} of [replaced, spared]) await call('DELETE', `/keys/${id}`, {}, admin);
  await expectEnded(
    sessions.map(({tab}) => tab),
    performance.now(),
    'revoked',
  );
}, 60_000);

test('what a replaced key has open goes on until the overlap is over, and no longer', async () => {
  const key = await newKey();
  const who = {user: {} as User, cookie: '', token: key.secret};
  const tabs = await Promise.all(urls.map((url) => patiently(() => RawClient.connect(url, who))));
  await newKey({replaces: key.id, overlapSeconds: 3_600});
  const [witness] = [await newKey()];
  const [seen] = await sessionsOf(witness!.secret, 1);
  await call('DELETE', `/keys/${witness!.id}`, {}, admin);
  await expectEnded([seen!.tab], performance.now(), 'revoked');
  for (const tab of tabs) await tab.call('room:list', {});

  await newKey({replaces: key.id, overlapSeconds: 0});
  await expectEnded(tabs, performance.now(), 'signed_out');
}, 60_000);

test('while Redis is away a revoked key ends its sessions, too', async () => {
  const key = await newKey();
  const sessions = await sessionsOf(key.secret, 12);
  await redis.stop();

  await call('DELETE', `/keys/${key.id}`, {}, admin);
  await expectEnded(
    sessions.map(({tab}) => tab),
    performance.now(),
    'revoked',
  );
}, 60_000);
