// Promises 4 and 8: Redis only makes delivery fast. A node that repeatedly loses its subscriptions loses no message and
// no client; what was published meanwhile comes from Postgres.
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {RoomState} from '@madang/protocol/rooms';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {findGaps, RawClient, Reader, signInGuest} from '@madang/testkit/raw-client';
import {commandRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {findFaults, readStored} from '../support/ledger.ts';
import {acknowledged, load, type Answer} from '../support/load.ts';

const kills = 10;
const membersPerNode = 4;

let cluster: ProcessCluster;
let members: Member[];
beforeAll(async () => {
  // A private Redis, since the command affects every connection.
  cluster = await startCluster({gateways: 3, redis: 'private'});
  const urls = cluster.gateways.flatMap(({url}) => Array.from({length: membersPerNode}, () => url));
  const [first, ...rest] = urls as [string];
  const owner = await enter(first);
  members = [owner, ...(await Promise.all(rest.map((url) => enter(url, owner.state.room.id))))];
}, 90_000);
afterAll(async () => {
  for (const {client} of members ?? []) client.close();
  await cluster?.stop();
});

test('with CLIENT KILL TYPE pubsub ten times under load everything arrives within 2 s, on clients that never reconnected', async () => {
  const {roomId} = members[0]!;
  const disconnects: string[] = [];
  for (const {client} of members) client.socket.on('disconnect', (reason) => disconnects.push(reason));
  const stop = new AbortController();
  const answering = load(
    members.map(({client}) => client),
    roomId,
    stop.signal,
    50,
  );

  for (let kill = 0; kill < kills; kill += 1) {
    const before = members.map(({reader}) => reader.entries.length);
    expect(await countKilled()).toBe(cluster.gateways.length);
    await waitFor(async () => (await countSubscribers()) === cluster.gateways.length, {
      timeoutMs: 5_000,
      what: 'every gateway to listen again',
      everyMs: 50,
    });
    await waitFor(() => members.every(({reader}, at) => reader.entries.length > before[at]! + 50), {
      timeoutMs: 10_000,
      what: 'everyone to hear more',
    });
  }
  stop.abort();
  const answers = await answering;

  // A busy disk may make a send miss its deadline; Redis must never do so.
  expect(acknowledged(answers, roomId).length / answers.length).toBeGreaterThan(0.95);
  const stored = await readStored(cluster.databaseUrl, roomId);
  await waitFor(() => members.every(({reader}) => reader.cursor.rev >= stored.at(-1)!.seq), {
    timeoutMs: 2_000,
    what: 'everyone to hold the whole log',
  });
  const observers = new Map(
    members.map(({client, reader}) => [
      client.user.name,
      reader.entries.flatMap(({message}) => message ?? []),
    ]),
  );
  expect(findFaults(stored, acknowledged(answers, roomId), observers)).toEqual([]);
  for (const {client, reader} of members) {
    expect(findGaps(client.frames(roomId))).toEqual([]);
    expect([...reader.breaches, reader.resyncs]).toEqual([0]);
    expect(Math.max(...latenessOf(client, roomId, answers))).toBeLessThan(2_000);
  }
  expect(disconnects).toEqual([]);
}, 90_000);

type Member = {client: RawClient; state: RoomState; reader: Reader; roomId: string};

async function enter(url: string, roomId?: string): Promise<Member> {
  const client = await RawClient.connect(url, await signInGuest(url));
  const state = roomId
    ? await client.call('room:join', {roomId})
    : await client.call('room:create', {title: 'Station', ephemeral: false});
  return {client, state, reader: new Reader(client, state), roomId: state.room.id};
}

async function countKilled(): Promise<number> {
  return Number(await commandRedis(cluster.redisUrl, 'CLIENT', 'KILL', 'TYPE', 'pubsub'));
}

async function countSubscribers(): Promise<number> {
  const list = await commandRedis(cluster.redisUrl, 'CLIENT', 'LIST', 'TYPE', 'pubsub');
  return list === '' ? 0 : list.split('\n').length;
}

/** How long after its acknowledgement each message arrived, in ms. */
function latenessOf(client: RawClient, roomId: string, answers: Answer[]): number[] {
  const answeredAt = new Map(answers.map(({clientId, at, ms}) => [clientId, at + ms]));
  return client.received
    .filter(({event}) => event === 'room:log')
    .flatMap(({payload, at}) => {
      const {roomId: of, entries} = payload as {roomId: string; entries: RoomEntry[]};
      return of === roomId ? entries.map(({message}) => at - answeredAt.get(message?.clientId ?? '')!) : [];
    });
}

type RoomEntry = Reader['entries'][number];
