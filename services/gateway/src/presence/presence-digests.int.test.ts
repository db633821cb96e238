import type {ServerEventPayload} from '@madang/protocol/events';
import {presetPolicy} from '@madang/protocol/policy-presets';
import {createRedisClients} from '@madang/redis/clients';
import {createOccupancy} from '@madang/redis/occupancy';
import {createLogger} from '@madang/runtime/log';
import {testRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createPresenceDigests} from './presence-digests.ts';

const log = createLogger({name: 'test', level: 'silent'});
const soon = (what: string) => ({timeoutMs: 5_000, what});
const room = {kind: 'room', id: 'room', tenantId: 'acme'} as const;
const userOf = (id: string) => ({id, kind: 'account' as const, name: id, color: '#000000'});
const [ann, bob] = [userOf('ann'), userOf('bob')];
const settings = {policy: presetPolicy('community'), policyVersion: 1, defaultRoomIds: ['general']};
type News = ServerEventPayload<'room:presence'>;

async function startNode(redis: {url: string; prefix: string}, nodeId: string, heard: News[]) {
  const clients = createRedisClients({...redis, log});
  await clients.connect();
  const occupancy = createOccupancy({clients, nodeId, log, beatMs: 50, leaseMs: 1_000});
  occupancy.start();
  const hear = (_to: unknown, _event: unknown, payload: unknown) => void heard.push(payload as News);
  const presence = createPresenceDigests({
    occupancy,
    broadcast: {emit: hear, emitLocally: () => {}},
    tenants: {get: async (id) => ({id, name: id, ...settings})},
    readUsers: async (_tenantId, userIds) => userIds.map(userOf),
    config: {GRACE_MS: 100, DIGEST_MS: 30, RECOUNT_MS: 60_000},
  });
  onTestFinished(async () => {
    presence.close();
    await occupancy.stop();
    await clients.close();
  });
  return {...presence, clients};
}

async function startTwo() {
  const redis = testRedis();
  const heard: News[] = [];
  const a = await startNode(redis, 'a', heard);
  const b = await startNode(redis, 'b', heard);
  const {commands, keys} = a.clients;
  await waitFor(async () => (await commands.zcard(keys.occupancy.leases)) === 2, soon('both leases'));
  return {a, b, heard};
}

const named = (heard: News[]) =>
  heard.flatMap(({joined, left}) => [
    ...joined.map(({id}) => `${id} joined`),
    ...left.map((id) => `${id} left`),
  ]);

test('announces the first and the last of a user over all nodes, and nothing in between', async () => {
  const {a, b, heard} = await startTwo();
  a.entered(room, bob);
  a.entered(room, ann);
  await waitFor(() => named(heard).length === 2, soon('both arrivals'));
  b.entered(room, ann);
  a.left(room, ann, {atOnce: true});
  a.left(room, bob, {atOnce: true});
  await waitFor(() => named(heard).includes('bob left'), soon("bob's departure"));
  expect(named(heard)).toEqual(['bob joined', 'ann joined', 'bob left']);
  expect(heard.at(-1)?.online).toBe(1);

  b.left(room, ann, {atOnce: false});
  await waitFor(() => named(heard).includes('ann left'), soon("ann's departure"));

  expect(named(heard)).toEqual(['bob joined', 'ann joined', 'bob left', 'ann left']);
  expect(heard.at(-1)?.online).toBe(0);
});

test('announces nothing when a user moves to another node within the grace period', async () => {
  const {a, b, heard} = await startTwo();
  a.entered(room, ann);
  await waitFor(() => named(heard).length === 1, soon('the arrival'));
  a.left(room, ann, {atOnce: false});
  b.entered(room, ann);
  // Bob signs off after ann, so ann's grace period is over when this event arrives.
  a.entered(room, bob);
  a.left(room, bob, {atOnce: false});
  await waitFor(() => named(heard).includes('bob left'), soon("bob's departure"));

  expect(named(heard)).toEqual(['ann joined', 'bob joined', 'bob left']);
});

test('announces a user at least once who leaves two nodes at the same moment', async () => {
  const {a, b, heard} = await startTwo();
  a.entered(room, ann);
  b.entered(room, ann);
  await waitFor(() => named(heard).includes('ann joined'), soon('the arrival'));
  a.left(room, ann, {atOnce: true});
  b.left(room, ann, {atOnce: true});

  await waitFor(() => named(heard).includes('ann left'), soon('the departure'));
});
