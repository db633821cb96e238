// Design §4 of the shared backend: GET /events returns what happens in a tenant, in one order, as it happens.
import {randomUUID} from 'node:crypto';
import {addApiKey} from '@madang/database/access/api-keys';
import {createDatabase, type Database} from '@madang/database/connections/pool';
import {numberMoves} from '@madang/database/jobs/numbered-moves';
import {setPolicy} from '@madang/database/operator/policies';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {policy} from '@madang/protocol/policy';
import type {Room} from '@madang/protocol/rooms';
import type {ReadEventsResult, TenantEvent} from '@madang/protocol/tenant-events';
import {patientRequest} from '@madang/testkit/raw-client';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startGateways, type Gateways} from '../support/gateways.ts';

const silent = {debug() {}, info() {}, warn() {}, error() {}};
let cluster: Gateways;
let url: string;
let db: Database;
let tenantId: string;
let token: string;
let room: Room;
let numbering: Promise<void>;
let isOver = false;

beforeAll(async () => {
  cluster = await startGateways(1);
  [url] = cluster.urls as [string];
  db = createDatabase({url: cluster.databaseUrl, log: silent, applicationName: 'test', deadlineMs: 20_000});
  tenantId = (await findTenantByHost(db, '127.0.0.1')).id;
  await setDays(7);
  token = (await addApiKey(db, {tenantId, service: 'desk', scopes: ['read', 'send', 'rooms']})).key;
  room = (await call('POST', '/rooms', {title: 'Case', type: 'case', clientId: randomUUID()})).room as Room;
  // Runs the worker's job.
  numbering = (async () => {
    while (!isOver) {
      await numberMoves(db, {limit: 1_000}).catch(() => 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
});
afterAll(async () => {
  isOver = true;
  await numbering;
  await db.close();
  await cluster.stop();
});

async function setDays(eventDays: number): Promise<void> {
  const rules = {room: {}, direct: {}, case: {oversight: true}};
  await setPolicy(db, {tenantId, policy: policy.parse({eventDays, types: rules}), changes: []});
}
async function call(method: string, path: string, body?: object) {
  const answer = await patientRequest(url, method, path, {token, body});
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}
const send = (text: string) =>
  call('POST', `/rooms/${room.id}/messages`, {clientId: randomUUID(), text}) as Promise<{seq: number}>;
async function read(query = ''): Promise<ReadEventsResult> {
  return (await call('GET', `/events?${query}`)) as ReadEventsResult;
}
const textsOf = ({events}: {events: TenantEvent[]}) => events.map(({data}) => data.message?.text);

/** The tenant's position once everything that has happened was numbered. */
async function present(): Promise<number> {
  const marker = randomUUID();
  await send(marker);
  for (let after = 0; ;) {
    const {events, next} = await read(`after=${after}&waitSeconds=20`);
    if (
      events.some(({data}) => data.message?.text === marker) &&
      !(await read(`after=${next}`)).events.length
    )
      return next;
    after = next;
  }
}

test('tells what happened, in order, and goes on where it ended', async () => {
  const after = await present();
  await send('one');
  await send('two');

  const first = await read(`after=${after}&limit=1&waitSeconds=20`);
  const second = await read(`after=${first.next}&types=message.created&types=user.created&waitSeconds=20`);

  expect(first.events).toMatchObject([
    {type: 'message.created', version: 1, roomId: room.id, data: {message: {text: 'one', roomId: room.id}}},
  ]);
  expect(textsOf(second)).toEqual(['two']);
  expect(second.next).toBeGreaterThan(first.next);
});

test('waits for what has not happened yet, past what was not asked for', async () => {
  const after = await present();
  const waiting = read(`after=${after}&types=message.updated&waitSeconds=20`);
  const {seq} = await send('of another type');
  await call('PATCH', `/rooms/${room.id}/messages/${seq}`, {text: 'edited'});

  const {events} = await waiting;

  expect(events).toMatchObject([{type: 'message.updated', data: {message: {seq, text: 'edited'}}}]);
});

test('answers without events when the wait is over', async () => {
  const after = await present();

  const {events, next} = await read(`after=${after}&types=policy.updated&waitSeconds=1`);

  expect(events).toEqual([]);
  // Changes by earlier tests may be numbered meanwhile.
  expect(next).toBeGreaterThanOrEqual(after);
});

test('a tenant that keeps no events is told what to do', async () => {
  await setDays(0);

  const answer = await patientRequest(url, 'GET', '/events', {token});

  expect(answer).toMatchObject({
    status: 403,
    body: {error: {code: 'forbidden', details: {path: 'eventDays'}}},
  });
  expect(answer.body.error!.message).toContain('eventDays');
});
