// Promise 8, degrade, don't die: whichever Redis a team runs, its failovers cost seconds. Under 200 sends a second nothing is
// lost, nobody is signed out, and presence is right again within 15 s.
import {setTimeout as delay} from 'node:timers/promises';
import type {RoomState} from '@madang/protocol/rooms';
import {startCluster, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {findGaps, RawClient, request, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import type {RedisChoice} from '@madang/testkit/redis-of-cluster';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {findFaults, readStored} from '../support/ledger.ts';
import {acknowledged, load} from '../support/load.ts';

type Person = {who: SignedIn; url: string; client: RawClient};
type Scene = {cluster: ProcessCluster; people: Person[]; roomId: string};

async function openScene(redis: RedisChoice): Promise<Scene> {
  const cluster = await startCluster({gateways: 2, worker: true, redis});
  onTestFinished(() => cluster.stop());
  const people = await Promise.all(
    Array.from({length: 8}, async (_, at) => {
      const {url} = cluster.gateways[at % 2]!;
      const who = await signInGuest(url);
      return {who, url, client: await RawClient.connect(url, who)};
    }),
  );
  onTestFinished(() => people.forEach(({client}) => client.close()));
  const {room}: RoomState = await people[0]!.client.call('room:create', {title: 'Weather', ephemeral: true});
  for (const {client} of people.slice(1)) await client.call('room:join', {roomId: room.id});
  return {cluster, people, roomId: room.id};
}

/** Breaks Redis under load. `act` resolves once Redis serves again. */
async function survive({cluster, people, roomId}: Scene, act: () => Promise<void>): Promise<void> {
  const disconnects: string[] = [];
  for (const {client} of people) client.socket.on('disconnect', (reason) => disconnects.push(reason));
  const clients = people.map(({client}) => client);
  const stop = new AbortController();
  const answering = load(clients, roomId, stop.signal, 40);
  await delay(1_000);

  await act();
  const servedAt = performance.now();
  await waitFor(() => areServed(cluster), {timeoutMs: 20_000, what: 'sign-ins on every node', everyMs: 100});
  expect(performance.now() - servedAt).toBeLessThan(10_000);
  const online = async () => (await clients[0]!.call('room:members', {roomId})).online;
  await waitFor(async () => (await online()) === people.length, {timeoutMs: 20_000, what: 'presence'});
  expect(performance.now() - servedAt).toBeLessThan(15_000);
  stop.abort();
  const answers = await answering;

  expect(disconnects).toEqual([]);
  for (const {who, url} of people) {
    const again = await RawClient.connect(url, who);
    expect((await again.call('session:start', {})).rooms.map(({room}) => room.id)).toEqual([roomId]);
    again.close();
  }
  await expectWhole(cluster, people, roomId, acknowledged(answers, roomId));
  expect(acknowledged(answers, roomId).length / answers.length).toBeGreaterThan(0.95);
}

/** Whether each node takes sign-ins, and says that nothing is wrong with its Redis. */
async function areServed(cluster: ProcessCluster): Promise<boolean> {
  const answers = await Promise.all(
    cluster.gateways.map(async ({url, metricsUrl}) => {
      const {status} = await request(url, 'POST', '/auth/guest', {body: {}});
      return status < 300 && !(await readiness(metricsUrl)).includes('redis');
    }),
  );
  return answers.every(Boolean);
}

async function readiness(metricsUrl: string): Promise<string> {
  return (await fetch(metricsUrl.replace('/metrics', '/readyz'))).text();
}

async function expectWhole(
  cluster: ProcessCluster,
  people: Person[],
  roomId: string,
  sent: ReturnType<typeof acknowledged>,
): Promise<void> {
  const stored = await readStored(cluster.databaseUrl, roomId);
  await waitFor(() => people.every(({client}) => client.frames(roomId).at(-1)!.head >= stored.at(-1)!.seq), {
    timeoutMs: 5_000,
    what: 'everyone to hold the whole log',
  });
  const seen = new Map(
    people.map(({client, who}) => [
      who.user.name,
      client.frames(roomId).flatMap(({entries}) => entries.flatMap(({message}) => message ?? [])),
    ]),
  );
  for (const {client} of people) expect(findGaps(client.frames(roomId))).toEqual([]);
  expect(findFaults(stored, sent, seen)).toEqual([]);
}

test('a demotion with the old primary alive as a replica, behind a name that moves', async () => {
  const scene = await openScene('replicated');
  const redis = scene.cluster.namedRedis!;

  await survive(scene, async () => {
    await redis.demote();
    for (const {metricsUrl} of scene.cluster.gateways)
      await waitFor(async () => /redis: \w+ (REPLICA|READONLY)/.test(await readiness(metricsUrl)), {
        timeoutMs: 5_000,
        what: 'each node to say so',
      });
    redis.moveName();
  });

  for (const gateway of scene.cluster.gateways) {
    const lines = gateway
      .logs()
      .split('\n')
      .filter((line) => /"cause":"(REPLICA|READONLY)"/.test(line))
      .map((line) => JSON.parse(line) as Record<string, string>);
    // Whichever shows first: a refused write, or the role of the server.
    expect(new Set(lines.map(({client}) => client))).toEqual(
      new Set(['commands', 'publisher', 'sessions', 'subscriber']),
    );
    expect(new Set(lines.map(({client, cause}) => `${client} ${cause}`)).size).toBe(lines.length);
    expect(lines[0]).toMatchObject({level: 'warn', node: gateway.name});
  }
}, 120_000);

test('a failover by Sentinels with passwords of their own', async () => {
  const scene = await openScene('sentinels');
  const redis = scene.cluster.sentinelRedis!;

  await survive(scene, async () => {
    await redis.kill();
    await waitFor(async () => (await redis.named()) === redis.ports[1], {
      timeoutMs: 30_000,
      what: 'the failover',
    });
  });
  // The old primary comes back as a replica; nobody uses it.
  await survive(scene, () => redis.start());
}, 180_000);

test('a primary of a Cluster killed, and a slot migrated', async () => {
  const scene = await openScene('cluster');
  const redis = scene.cluster.clusterRedis!;
  const occupancy = 'madang:{occupancy}:leases';

  await survive(scene, async () => {
    const owner = await redis.ownerOf(occupancy);
    const victim = redis.nodes.find(({port}) => port === owner)!;
    victim.child.kill('SIGKILL');
    await victim.child.exited;
    await waitFor(async () => (await redis.ownerOf(occupancy)) !== owner, {
      timeoutMs: 30_000,
      what: 'the failover',
    });
  });
  await survive(scene, () => redis.migrate(occupancy));
  await survive(scene, () => redis.migrate(`madang:io#/#room:${scene.roomId}#`));
}, 240_000);
