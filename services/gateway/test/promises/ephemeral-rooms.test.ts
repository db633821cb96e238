// Promises 7 and 9: an ephemeral room lives exactly as long as someone is in it, whatever happens to nodes and Redis.
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {RawClient, request, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {commandRedis} from '@madang/testkit/redis';
import {staysTrue} from '@madang/testkit/stays-true';
import {waitFor} from '@madang/testkit/wait-for';

type LobbyChange = {opened: {id: string}[]; changed: {id: string}[]; closed: string[]};

let cluster: ProcessCluster;
let lobby: RawClient;
let workerReadyAt: number;
let guest: (node: number) => Promise<RawClient & {who: SignedIn}>;

beforeAll(async () => {
  cluster = await startCluster({gateways: 4, worker: true, redis: 'private', partitions: true});
  workerReadyAt = performance.now();
  guest = async (node) => {
    const {url} = cluster.gateways[node]!;
    const who = await signInGuest(url);
    return Object.assign(await RawClient.connect(url, who), {who});
  };
  lobby = await guest(0);
  await lobby.call('lobby:watch', {});
});
afterAll(async () => {
  lobby?.close();
  await cluster?.stop();
});

const closedInLobby = (roomId: string) =>
  lobby.events<LobbyChange>('lobby:changed').some(({closed}) => closed.includes(roomId));
const openedInLobby = (roomId: string) =>
  lobby.events<LobbyChange>('lobby:changed').some(({opened}) => opened.some(({id}) => id === roomId));
const announced = (client: RawClient) =>
  client
    .events<{joined: {id: string}[]; left: string[]}>('room:presence')
    .flatMap(({joined, left}) => [...joined.map(({id}) => id), ...left]);
const isOpen = async (client: RawClient, roomId: string) => (await client.ask('room:get', {roomId})).ok;
const isOpenOrBusy = async (client: RawClient, roomId: string) => {
  const answer = await client.ask('room:get', {roomId});
  return answer.ok || answer.error.retryable;
};

async function meet(first: RawClient, second: RawClient): Promise<string> {
  const {room} = await first.call('room:create', {title: 'Passing by'});
  expect(room.ephemeral).toBe(true);
  await second.call('room:join', {roomId: room.id});
  await waitFor(() => openedInLobby(room.id), {timeoutMs: 5_000, what: 'the lobby to show the room'});
  return room.id;
}

describe.concurrent('an ephemeral room', () => {
  test('closes about two seconds after its last member left, and the lobby says so', async () => {
    const [one, two] = [await guest(0), await guest(1)];
    const roomId = await meet(one, two);
    await one.call('room:leave', {roomId});
    await two.call('room:leave', {roomId});
    const leftAt = performance.now();

    await waitFor(() => closedInLobby(roomId), {timeoutMs: 6_000, what: 'the lobby to drop the room'});

    expect(performance.now() - leftAt).toBeGreaterThan(1_500);
    expect((await one.ask('room:join', {roomId})) as unknown).toMatchObject({error: {code: 'room_closed'}});
    for (const client of [one, two]) client.close();
  });

  test('a reload within the grace period announces nothing and closes nothing', async () => {
    const [stays, reloads, leaves] = [await guest(0), await guest(1), await guest(1)];
    const roomId = await meet(stays, reloads);
    await leaves.call('room:join', {roomId});
    // Each is announced by its own node, in any order.
    await waitFor(() => [stays, reloads, leaves].every(({user}) => announced(stays).includes(user.id)), {
      timeoutMs: 5_000,
      what: 'everyone to be announced',
    });
    stays.received.length = 0;

    reloads.close();
    await delay(1_000);
    const back = await RawClient.connect(cluster.gateways[0]!.url, reloads.who);
    await back.call('session:start', {});
    // Anything that ends the membership of the user who leaves later, from the same node, would have ended the
    // reloading user's first.
    leaves.close();
    const isOut = () => announced(stays).includes(leaves.user.id) && stays.frames(roomId).length > 0;
    await waitFor(isOut, {timeoutMs: 30_000, what: 'the one who leaves to be out'});

    expect(announced(stays)).toEqual([leaves.user.id]);
    expect(stays.frames(roomId).flatMap(({entries}) => entries)).toMatchObject([
      {type: 'left', user: {id: leaves.user.id}},
    ]);
    expect(await isOpen(back, roomId)).toBe(true);
    for (const client of [stays, back]) client.close();
  });

  test('ends when everyone has closed their tab, and not before', async () => {
    const [one, two] = [await guest(0), await guest(1)];
    const roomId = await meet(one, two);
    // A worker that has just started cannot know which nodes are alive: it waits for a lease and a grace period.
    await delay(Math.max(0, workerReadyAt + 14_000 - performance.now()));
    one.close();
    two.close();
    const goneAt = performance.now();

    await waitFor(() => closedInLobby(roomId), {timeoutMs: 11_000, what: 'the lobby to drop the room'});

    expect(performance.now() - goneAt).toBeGreaterThan(6_000);
  }, 60_000);

  test('a node cut off from Redis for 30 s ends no membership of those connected', async () => {
    const [near, cutOff] = [await guest(0), await guest(3)];
    const roomId = await meet(near, cutOff);
    near.close();

    cluster.gateways[3]!.toRedis!.set('blackhole');
    await staysTrue(() => isOpenOrBusy(cutOff, roomId), 30_000, {what: 'the room is open', everyMs: 500});
    cluster.gateways[3]!.toRedis!.set('pass');

    const {rev} = await waitFor(() => cutOff.send(roomId, 'still here'), {timeoutMs: 5_000, what: 'a send'});
    expect(rev).toBeGreaterThan(0);
    expect(await isOpen(cutOff, roomId)).toBe(true);
    cutOff.close();
  }, 60_000);

  test('also ends when the node of its last member is killed', async () => {
    const [one, two] = [await guest(0), await guest(2)];
    const roomId = await meet(one, two);
    await one.call('room:leave', {roomId});
    cluster.gateways[2]!.kill('SIGKILL');

    // Lease 8 s, grace 5 s, and 2 s until an empty room closes.
    await waitFor(() => closedInLobby(roomId), {timeoutMs: 22_000, what: 'the lobby to drop the room'});

    await cluster.gateways[2]!.exited;
    await cluster.gateways[2]!.restart();
    one.close();
  }, 60_000);
});

test('FLUSHALL ends no membership of anyone connected', async () => {
  const [one, two] = [await guest(0), await guest(1)];
  const roomId = await meet(one, two);

  await commandRedis(cluster.redisUrl, 'FLUSHALL');
  // Longer than a lease, the grace period and the closing of an empty room together.
  await staysTrue(() => isOpenOrBusy(one, roomId), 16_000, {what: 'the room is open', everyMs: 500});

  expect(await isOpen(one, roomId)).toBe(true);
  await two.send(roomId, 'still here');
  await waitFor(() => one.frames(roomId).length > 0, {timeoutMs: 3_000, what: 'the message'});
  const signedOut = await request(cluster.gateways[0]!.url, 'GET', '/me', {cookie: one.who.cookie});
  expect(signedOut.status).toBe(401);
  for (const client of [one, two]) client.close();
}, 60_000);
