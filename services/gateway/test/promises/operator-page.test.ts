// The operators' page: closed without a secret, and what it shows is what the nodes do.
import {afterAll, beforeAll, expect, onTestFinished, test} from 'vitest';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import type {NodeFigures} from '@madang/database/operator/status';
import {startGateways, type Gateways} from '../support/gateways.ts';

const secret = 'an operator secret of the tests';

let cluster: Gateways;
let base: string;
beforeAll(async () => {
  cluster = await startGateways(2, {OPERATOR_SECRET: secret});
  base = `http://127.0.0.1:${cluster.gateways[0]!.metricsPort}`;
});
afterAll(() => cluster.stop());

const basic = (password: string) => `Basic ${Buffer.from(`operator:${password}`).toString('base64')}`;
const get = (path: string, authorization?: string) =>
  fetch(base + path, {headers: authorization === undefined ? {} : {authorization}});

async function nodes(): Promise<NodeFigures[]> {
  const status = (await (await get('/operator/status', `Bearer ${secret}`)).json()) as {nodes: NodeFigures[]};
  return status.nodes;
}

test('every file of it asks for the secret, and none runs what is not its own', async () => {
  for (const path of ['/operator', '/operator/page.js', '/operator/page.css', '/operator/status']) {
    expect((await get(path)).status).toBe(401);
    const opened = await get(path, basic(secret));
    expect([path, opened.status]).toEqual([path, 200]);
    expect(opened.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(opened.headers.get('cache-control')).toBe('no-store');
  }
  expect((await get('/operator/../config', basic(secret))).status).toBe(404);
  expect((await get('/operatorx', basic(secret))).status).toBe(404);
});

test('guesses are slow, and many at once are refused', async () => {
  const begunAt = performance.now();
  const answers = await Promise.all(
    Array.from({length: 30}, (_, no) => get('/operator', basic(`guess ${no}`))),
  );

  expect(new Set(answers.map(({status}) => status))).toEqual(new Set([401, 429]));
  expect(answers.filter(({status}) => status === 401).length).toBeLessThanOrEqual(10);
  expect(performance.now() - begunAt).toBeGreaterThan(900);
  expect((await get('/operator', basic(secret))).status).toBe(200);
});

test('it is on no port that clients reach, and without a secret there is none', async () => {
  const others = await startGateways(1);
  onTestFinished(() => others.stop());
  const [closed] = others.gateways;

  expect((await fetch(`${cluster.urls[0]}/operator`, {headers: {authorization: basic(secret)}})).status).toBe(
    404,
  );
  const without = await fetch(`http://127.0.0.1:${closed!.metricsPort}/operator`, {
    headers: {authorization: basic('')},
  });
  expect(without.status).toBe(404);
});

test('one node shows what all do: people, rates, stores, and errors by cause', async () => {
  await waitFor(async () => (await nodes()).length >= 2, {timeoutMs: 10_000, what: 'both nodes to report'});
  const client = await RawClient.connect(cluster.urls[1]!, await signInGuest(cluster.urls[1]!));
  const {room} = await client.call('room:create', {title: 'Seen'});
  await client.ask('message:send', {roomId: room.id} as never);

  const second = async () => (await nodes()).find(({name}) => name === 'node-2');
  const isShown = (node: NodeFigures | undefined) =>
    node?.rooms === 1 && node.errors.some(({code}) => code === 'invalid');
  await waitFor(async () => isShown(await second()), {
    timeoutMs: 10_000,
    what: 'the room and the refusal to be shown',
  });
  expect(await second()).toMatchObject({
    version: 'test',
    ready: true,
    connections: 1,
    rooms: 1,
    redisUp: true,
    postgresUp: true,
  });
  const status = (await (await get('/operator/status', basic(secret))).json()) as Record<string, unknown>;
  expect(status).toMatchObject({
    postgres: {
      version: expect.any(String),
      connections: expect.any(Number),
      databaseBytes: expect.any(Number),
    },
    redis: {memoryBytes: expect.any(Number)},
    tenants: expect.any(Array),
  });
  client.close();
});
