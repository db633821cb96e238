/** What a product uses, and how much it may use: three gateways count, and each of them refuses. */
import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {findTenant, insertTenant} from '@madang/database/operator/tenants';
import {setPolicy} from '@madang/database/operator/policies';
import {addUpUsage, measureUsage} from '@madang/database/operator/usage';
import type {WireError} from '@madang/protocol/errors';
import type {Policy} from '@madang/protocol/policy';
import {presetPolicy} from '@madang/protocol/policy-presets';
import type {GetUsageResult} from '@madang/protocol/usage';
import {patientRequest, RawClient} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';

vi.setConfig({testTimeout: 120_000});

const silent = {debug() {}, info() {}, warn() {}, error() {}};
const patience = {timeoutMs: 60_000};

let cluster: Gateways;
let db: Database;

beforeAll(async () => {
  cluster = await startGateways(3, {SEND_DEADLINE_MS: '60000', USAGE_REPORT_MS: '200'});
  const times = {statementTimeoutMs: 20_000, deadlineMs: 30_000};
  db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test', ...times});
}, 120_000);
afterAll(async () => {
  await cluster?.stop();
  await db?.close();
});

async function productWith(quotas: Policy['quotas']) {
  const policy = {...presetPolicy('support'), limits: {key: {}, tenant: {}}, quotas};
  const {id: tenantId} = await insertTenant(db, {
    name: `shop-${randomUUID().slice(0, 8)}`,
    hosts: [],
    policy,
  });
  const scopes = ['admin', 'users', 'rooms', 'read', 'send', 'act'] as const;
  const {key: token} = await addApiKey(db, {tenantId, service: 'backend', scopes: [...scopes]});
  const ask = <Body>(node: number, method: string, path: string, body?: object) =>
    patientRequest<Body & {error?: WireError}>(cluster.urls[node]!, method, path, {token, body});
  return {tenantId, token, ask};
}

type Product = Awaited<ReturnType<typeof productWith>>;

const connect = (node: number, {token}: Product) =>
  RawClient.connect(cluster.urls[node]!, {token, cookie: '', user: undefined as never});

/** Runs the job that the worker runs every ten seconds. */
async function measure(): Promise<void> {
  await addUpUsage(db, {limit: 1_000});
  await measureUsage(db, {freshMs: 120_000});
}

async function today({ask}: Product) {
  const {body} = await ask<GetUsageResult>(0, 'GET', '/usage');
  return body.days.at(-1)!;
}

test('usage says what all nodes together saw, and what there is by now', async () => {
  const product = await productWith({users: 50});
  const clients = await Promise.all([0, 1, 2].map((node) => connect(node, product)));
  const {room} = await clients[0]!.call('room:create', {title: 'Desk', visibility: 'private'});
  for (const client of clients) {
    for (let sent = 0; sent < 4; sent += 1)
      await client.call('message:send', {roomId: room.id, clientId: randomUUID(), text: 'hello'});
  }
  await product.ask(1, 'PUT', '/users/kim', {name: 'Kim'});

  const seen = await waitFor(
    async () => {
      await measure();
      const day = await today(product);
      return day.messages === 12 && day.connections === 3 && day.calls >= 14 && day;
    },
    {...patience, what: 'the reports of all nodes'},
  );
  expect(seen).toMatchObject({users: 1, rooms: 1, bytes: 0});
  const {body} = await product.ask<GetUsageResult>(2, 'GET', '/usage?from=2020-01-01&to=2020-01-31');
  expect(body).toMatchObject({days: [], quotas: {users: 50}});
  const wrong = await product.ask(2, 'GET', '/usage?from=2026-02-01&to=2026-01-01');
  expect(wrong).toMatchObject({status: 400, body: {error: {code: 'invalid'}}});
});

test('users and rooms beyond the quota are refused on every node at once', async () => {
  const product = await productWith({users: 1, rooms: 1});
  expect((await product.ask(0, 'PUT', '/users/kim', {name: 'Kim'})).status).toBe(200);
  expect((await product.ask(0, 'POST', '/rooms', {title: 'One', externalId: 'one'})).status).toBe(201);

  for (const node of [0, 1, 2]) {
    expect(await product.ask(node, 'PUT', '/users/lee', {name: 'Lee'})).toMatchObject({
      status: 403,
      body: {error: {code: 'forbidden', details: {quota: 'users', max: 1}}},
    });
    expect(await product.ask(node, 'POST', '/rooms', {title: 'Two'})).toMatchObject({
      status: 403,
      body: {error: {code: 'forbidden', details: {quota: 'rooms', max: 1}}},
    });
    expect((await product.ask(node, 'PUT', '/users/kim', {name: 'Kim'})).status).toBe(200);
    expect((await product.ask(node, 'POST', '/rooms', {title: 'One', externalId: 'one'})).status).toBe(201);
  }
});

test('once the messages of the day are spent every node refuses sends, until the quota is raised', async () => {
  const product = await productWith({messages: 3});
  const clients = await Promise.all([0, 1, 2].map((node) => connect(node, product)));
  const {room} = await clients[0]!.call('room:create', {title: 'Desk', visibility: 'private'});
  const send = (client: RawClient, clientId: string = randomUUID()) =>
    client.ask('message:send', {roomId: room.id, clientId, text: 'hello'}, 60_000);
  const first = randomUUID();
  for (const client of clients) expect(await send(client, first)).toMatchObject({ok: true});
  for (const client of clients.slice(1)) expect(await send(client)).toMatchObject({ok: true});

  const refused = {ok: false, error: {code: 'forbidden', details: {quota: 'messages'}, retryable: false}};
  await waitFor(
    async () => {
      await measure();
      return (await today(product)).messages === 3;
    },
    {...patience, what: 'the messages to be counted'},
  );
  await measure();
  for (const client of clients) {
    expect(await send(client)).toMatchObject(refused);
    expect(await send(client, first)).toMatchObject({ok: true, data: {duplicate: true}});
  }
  const {policy, policyVersion: version} = (await findTenant(db, product.tenantId))!;
  const raised = {...policy, quotas: {messages: 100}};
  await setPolicy(db, {tenantId: product.tenantId, policy: raised, version, changes: ['quotas']});
  for (const client of clients) expect(await send(client)).toMatchObject({ok: true});
});
