/**
 * Two products on the same three gateways: one asks for far more than its share, and one asks for little. The small one
 * is not refused because of the other. fair-append.int.test.ts and lane.test.ts cover who is served before whom.
 */
import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {insertTenant} from '@madang/database/operator/tenants';
import type {Policy} from '@madang/protocol/policy';
import {presetPolicy, type PresetName} from '@madang/protocol/policy-presets';
import type {WireError} from '@madang/protocol/errors';
import {patiently} from '@madang/testkit/patience';
import {RawClient, Refused, request} from '@madang/testkit/raw-client';
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';

// A busy machine takes its time; calls that it refuses are repeated.
vi.setConfig({testTimeout: 120_000});

const silent = {debug() {}, info() {}, warn() {}, error() {}};

type Product = {token: string};

let cluster: Gateways;
let db: Database;
let support: Product;
let team: Product;

beforeAll(async () => {
  cluster = await startGateways(3, {SEND_DEADLINE_MS: '60000'});
  db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test', deadlineMs: 20_000});
  support = await product('support');
  // So little that every machine is fast enough to exceed it.
  team = await product('team', {key: {calls: 20, sends: 20}});
}, 120_000);
afterAll(async () => {
  await cluster?.stop();
  await db?.close();
});

async function product(preset: PresetName, limits: Partial<Policy['limits']> = {}): Promise<Product> {
  const policy = presetPolicy(preset);
  const {id: tenantId} = await insertTenant(db, {
    name: `${preset}-${randomUUID()}`,
    hosts: [],
    policy: {...policy, limits: {...policy.limits, ...limits}},
  });
  const {key} = await addApiKey(db, {tenantId, service: 'backend'});
  return {token: key};
}

const connect = (url: string, {token}: Product) =>
  RawClient.connect(url, {token, cookie: '', user: undefined as never});

/** A connection to each gateway, with a room for each. */
async function enter(of: Product) {
  const clients = await Promise.all(cluster.urls.map((url) => connect(url, of)));
  return Promise.all(
    clients.map(async (client) => {
      const {room} = await client.call('room:create', {title: 'Desk', visibility: 'private'});
      return {client, roomId: room.id};
    }),
  );
}

/** Sends that many at once over each of the connections; returns why any was refused. */
async function sendAtOnce(talkers: Awaited<ReturnType<typeof enter>>, each: number) {
  const answers = await Promise.all(
    talkers.flatMap(({client, roomId}) =>
      Array.from({length: each}, () =>
        client.ask('message:send', {roomId, clientId: randomUUID(), text: 'hello'}, 100_000),
      ),
    ),
  );
  const refusals = answers.flatMap((answer) => (answer.ok ? [] : [answer.error]));
  return {stored: answers.length - refusals.length, refusals};
}

/** Sends them one after the other, and retries while the machine is too busy; rejects if a rule refuses one. */
async function sendPatiently(talkers: Awaited<ReturnType<typeof enter>>, each: number): Promise<number> {
  const stored = await Promise.all(
    talkers.map(async ({client, roomId}) => {
      for (let sent = 0; sent < each; sent += 1) {
        const message = {roomId, clientId: randomUUID(), text: 'hello'};
        await patiently(() => client.call('message:send', message), {forMs: 60_000, isPutOff});
      }
      return each;
    }),
  );
  return stored.reduce((sum, count) => sum + count);
}

const busy = new Set<string>(['overloaded', 'unavailable']);
const isPutOff = (error: unknown) => error instanceof Refused && busy.has(error.error.code);

test('a product that floods is refused by the limits of its policy, and the sends of another are not', async () => {
  const [flooding, quiet] = await Promise.all([enter(team), enter(support)]);
  const flood = sendAtOnce(flooding, 500);
  const own = await sendPatiently(quiet, 20);
  const {stored, refusals} = await flood;

  expect(own).toBe(60);
  expect(stored).toBeGreaterThan(0);
  expect(refusals.some(({code}) => code === 'rate_limited')).toBe(true);
  for (const refusal of refusals.filter(({code}) => !busy.has(code))) {
    expect(refusal).toMatchObject({
      code: 'rate_limited',
      retryable: true,
      details: {limit: 'sends', per: 'key'},
    });
  }
});

test('what a product asks for over HTTP counts for its key, too', async () => {
  const {token} = team;
  const ask = () => request<{error?: WireError}>(cluster.urls[0]!, 'GET', '/rooms', {token});
  const refusals: WireError[] = [];
  for (let round = 0; round < 50 && refusals.length === 0; round += 1) {
    const answers = await Promise.all(Array.from({length: 100}, ask));
    refusals.push(...answers.flatMap(({body: {error}}) => (error && !busy.has(error.code) ? [error] : [])));
  }

  expect(refusals[0]).toMatchObject({code: 'rate_limited', details: {limit: 'calls', per: 'key'}});
});

/** Undefined if the connection itself failed, as it may on a busy machine. */
const codeOf = (error: unknown) => (error instanceof Refused ? error.error.code : undefined);

test('a product whose clients all come at once leaves another its part of the handshakes', async () => {
  const {url} = await cluster.add({HANDSHAKES_PER_SECOND: '9'});
  // From then on the node knows which product each key belongs to.
  await Promise.all([connect(url, team), connect(url, support)]);
  const codes: (string | undefined)[] = [];
  const flood = Array.from({length: 300}, () =>
    connect(url, team).catch((error: unknown) => {
      codes.push(codeOf(error));
    }),
  );
  // Waits until the whole rate is used up.
  await expect
    .poll(() => codes.filter((code) => code === 'overloaded').length, {timeout: 60_000})
    .toBeGreaterThan(0);
  const isPutOff = (error: unknown) => codeOf(error) !== 'overloaded';
  const own = await Promise.allSettled(
    Array.from({length: 3}, () => patiently(() => connect(url, support), {isPutOff})),
  );
  await Promise.all(flood);

  expect(own.map(({status}) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  expect(codes).toContain('overloaded');
});

test('a product has as many connections on all nodes together as its policy allows, and another has its own', async () => {
  const bounded = await product('team', {tenant: {connections: 3}});
  const clients = await Promise.all(cluster.urls.map((url) => connect(url, bounded)));
  const isPutOff = (error: unknown) => codeOf(error) !== 'rate_limited';

  for (const url of cluster.urls) {
    const refused = await patiently(() => connect(url, bounded), {isPutOff}).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      error: {code: 'rate_limited', details: {limit: 'connections', per: 'tenant'}},
    });
  }
  await patiently(() => connect(cluster.urls[0]!, support), {isPutOff: () => true});
  clients[0]!.socket.disconnect();
  await patiently(() => connect(cluster.urls[1]!, bounded), {forMs: 60_000, isPutOff: () => true});
});

test('a product whose messages reach more connections than its policy allows has its sends wait, on every node', async () => {
  const bounded = await product('team', {tenant: {deliveries: 1}});
  // A node on which a send waits for less time than it needs.
  const {url} = await cluster.add({SEND_DEADLINE_MS: '5000'});
  const talkers = await enter(bounded);
  const elsewhere = await patiently(() => connect(url, bounded), {isPutOff: () => true});
  const {room} = await patiently(() => elsewhere.call('room:create', {title: 'Desk', visibility: 'private'}));
  // Each is delivered to one connection: half a minute's worth.
  const flood = sendAtOnce(talkers, 10);

  await expect
    .poll(
      async () => {
        const message = {roomId: room.id, clientId: randomUUID(), text: 'hello'};
        const answer = await elsewhere.ask('message:send', message, 60_000);
        return answer.ok ? undefined : answer.error.details;
      },
      {timeout: 30_000},
    )
    .toEqual({limit: 'deliveries', per: 'tenant'});
  expect(await sendPatiently(await enter(support), 3)).toBe(9);
  await flood;
});
