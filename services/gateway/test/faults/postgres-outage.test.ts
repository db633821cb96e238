// Promises 1 and 8: without Postgres nothing is acknowledged, everyone stays connected, and everything recovers by
// itself.
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {findGaps, RawClient, signInGuest} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {findFaults, readStored} from '../support/ledger.ts';
import {acknowledged, load, type Answer} from '../support/load.ts';

let cluster: ProcessCluster;
let clients: RawClient[];
let roomId: string;
const disconnects: string[] = [];
const answers: Answer[] = [];

beforeAll(async () => {
  cluster = await startCluster({gateways: 3, postgres: 'private'});
  clients = await Promise.all(
    [0, 0, 1, 1, 2, 2].map(async (node) => {
      const {url} = cluster.gateways[node]!;
      const client = await RawClient.connect(url, await signInGuest(url));
      client.socket.on('disconnect', (reason) => disconnects.push(reason));
      return client;
    }),
  );
  ({
    room: {id: roomId},
  } = await clients[0]!.call('room:create', {title: 'Archive'}));
  for (const client of clients.slice(1)) await client.call('room:join', {roomId});
}, 90_000);
afterAll(async () => {
  disconnects.length = 0;
  for (const client of clients ?? []) client.close();
  await cluster?.stop();
});

/**
 * Loads the room while `fault` lasts and until sends are stored again; returns the answers from the fault's begin to
 * its end.
 */
async function outage(fault: () => Promise<void>, heal: () => Promise<void>, ms: number): Promise<Answer[]> {
  const stop = new AbortController();
  const answering = load(clients, roomId, stop.signal);
  await delay(1_000);
  await fault();
  const from = performance.now();
  await delay(ms);
  const to = performance.now();
  await heal();
  await waitFor(
    () =>
      clients[0]!
        .ask('message:send', {roomId, clientId: crypto.randomUUID(), text: 'healed?'})
        .then(({ok}) => ok),
    {
      timeoutMs: 10_000,
      what: 'a send to be stored again',
    },
  );
  await delay(1_000);
  stop.abort();
  const all = await answering;
  answers.push(...all);
  // A send under way at the end of the fault may have been stored.
  return all.filter(({at}) => at > from && at < to - 1_000);
}

test('while Postgres is stopped for 10 s sends are refused within 1 s, and connections stay', async () => {
  const postgres = cluster.postgres!;

  const refused = await outage(
    () => postgres.stop('immediate'),
    () => postgres.start(),
    10_000,
  );

  expect(refused.length).toBeGreaterThan(100);
  expect(new Set(refused.map(({code}) => code))).toEqual(new Set(['unavailable']));
  expect(Math.max(...refused.map(({ms}) => ms))).toBeLessThan(1_250);
  expect(disconnects).toEqual([]);
}, 60_000);

test('while every commit hangs for 30 s sends are refused within 1 s, and connections stay', async () => {
  const hang = (standby: string) => () => cluster.postgres!.configure('synchronous_standby_names', standby);

  const refused = await outage(hang('missing'), hang(''), 30_000);

  expect(refused.length).toBeGreaterThan(300);
  expect(new Set(refused.map(({code}) => code))).toEqual(new Set(['unavailable']));
  expect(Math.max(...refused.map(({ms}) => ms))).toBeLessThan(1_250);
  expect(disconnects).toEqual([]);
}, 90_000);

test('afterwards nothing acknowledged is missing, and everyone was taken through one log', async () => {
  const stored = await readStored(cluster.databaseUrl, roomId);
  await waitFor(() => clients.every((client) => client.frames(roomId).at(-1)!.head >= stored.at(-1)!.seq), {
    timeoutMs: 5_000,
    what: 'everyone to hold the whole log',
  });

  const seen = new Map(
    clients.map((client) => [
      client.user.name,
      client.frames(roomId).flatMap(({entries}) => entries.flatMap(({message}) => message ?? [])),
    ]),
  );
  expect(findFaults(stored, acknowledged(answers, roomId), seen)).toEqual([]);
  for (const client of clients) expect(findGaps(client.frames(roomId))).toEqual([]);
});
