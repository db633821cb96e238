// Promise 8, degrade, don't die: Redis carries messages, but is never the source of truth.
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {Frame} from '@madang/protocol/log';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {findGaps, RawClient, signInGuest, type Refused, type SignedIn} from '@madang/testkit/raw-client';
import {commandRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {findFaults, readStored} from '../support/ledger.ts';
import {acknowledged, load, quantile, readMetric} from '../support/load.ts';

const outageMs = 20_000;
const mebibyte = 1024 * 1024;

let cluster: ProcessCluster;
let people: {who: SignedIn; url: string; client: RawClient}[];
let roomId: string;

beforeAll(async () => {
  cluster = await startCluster({gateways: 3, worker: true, redis: 'private'});
  people = await Promise.all(
    [0, 0, 1, 1, 2, 2].map(async (node) => {
      const {url} = cluster.gateways[node]!;
      const who = await signInGuest(url);
      return {who, url, client: await RawClient.connect(url, who)};
    }),
  );
  ({
    room: {id: roomId},
  } = await people[0]!.client.call('room:create', {title: 'Weather', ephemeral: true}));
  for (const {client} of people.slice(1)) await client.call('room:join', {roomId});
}, 90_000);
afterAll(async () => {
  for (const {client} of people ?? []) client.close();
  await cluster?.stop();
});

const rss = () =>
  Promise.all(
    cluster.gateways.map(({metricsUrl}) => readMetric(metricsUrl, 'process_resident_memory_bytes')),
  );
const online = async () => (await people[0]!.client.call('room:members', {roomId})).online;

test('while Redis is stopped for 20 s sends go on, and members on other nodes are served within 2 s', async () => {
  const disconnects: string[] = [];
  for (const {client} of people) client.socket.on('disconnect', (reason) => disconnects.push(reason));
  const before = await rss();
  const stop = new AbortController();
  const answering = load(
    people.map(({client}) => client),
    roomId,
    stop.signal,
  );
  await delay(1_000);

  const stoppedAt = performance.now();
  await cluster.redis!.stop();
  await delay(outageMs);
  const during = await rss();
  await cluster.redis!.start();
  const startedAt = performance.now();
  await delay(3_000);
  stop.abort();
  const answers = await answering;

  const outage = answers.filter(({at}) => at >= stoppedAt && at < startedAt);
  const ok = outage.filter(({code}) => code === 'ok');
  expect(ok.length / outage.length).toBeGreaterThanOrEqual(0.99);
  expect(
    quantile(
      ok.map(({ms}) => ms),
      0.99,
    ),
  ).toBeLessThanOrEqual(1_000);
  expect(disconnects).toEqual([]);
  for (const [index, bytes] of during.entries()) expect(bytes - before[index]!).toBeLessThan(64 * mebibyte);

  const stored = await readStored(cluster.databaseUrl, roomId);
  await waitFor(() => people.every(({client}) => client.frames(roomId).at(-1)!.head >= stored.at(-1)!.seq), {
    timeoutMs: 5_000,
    what: 'everyone to hold the whole log',
  });
  const sentAt = new Map(answers.map(({clientId, at}) => [clientId, at]));
  for (const {client} of people) {
    expect(findGaps(client.frames(roomId))).toEqual([]);
    const lateness = client.received
      .filter(({event}) => event === 'room:log')
      .flatMap(({payload, at}) =>
        (payload as Frame).entries.map(({message}) => at - (sentAt.get(message?.clientId ?? '') ?? at)),
      );
    // Two seconds from the commit; the send itself may take longer.
    expect(Math.max(...lateness)).toBeLessThan(3_000);
    expect(quantile(lateness, 0.99)).toBeLessThan(2_000);
  }
  const seen = new Map(
    people.map(({client, who}) => [
      who.user.name,
      client.frames(roomId).flatMap(({entries}) => entries.flatMap(({message}) => message ?? [])),
    ]),
  );
  expect(findFaults(stored, acknowledged(answers, roomId), seen)).toEqual([]);
}, 90_000);

test('after the restart presence is right within 15 s, and nobody must sign in again', async () => {
  await waitFor(async () => (await online()) === people.length, {timeoutMs: 15_000, what: 'presence'});

  const {who, url} = people[5]!;
  const again = await RawClient.connect(url, who);
  const {rooms} = await again.call('session:start', {});
  expect(rooms.map(({room}) => room.id)).toEqual([roomId]);
  again.close();
});

test('after FLUSHALL those connected go on, presence recovers, no live room closes, and new handshakes need a sign-in', async () => {
  await commandRedis(cluster.redisUrl, 'FLUSHALL');

  const [near, , far] = people.map(({client}) => client) as [RawClient, RawClient, RawClient];
  const {rev} = await near.send(roomId, 'after the flood');
  await waitFor(() => far.frames(roomId).some(({head}) => head >= rev), {
    timeoutMs: 2_000,
    what: 'the message',
  });
  await waitFor(async () => (await online()) === people.length, {timeoutMs: 15_000, what: 'presence'});
  const refused = await RawClient.connect(people[1]!.url, people[1]!.who).catch(
    (error: Refused) => error.error,
  );
  expect(refused).toMatchObject({code: 'unauthenticated'});
  expect((await near.ask('room:get', {roomId})).ok).toBe(true);
});
