// The delivery probe: between one node and Redis connections live and nothing passes, in one direction or the other.
import {setTimeout as sleep} from 'node:timers/promises';
import {startCluster, type GatewayProcess, type ProcessCluster} from '@madang/testkit/cluster-processes';
import {RawClient, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, onTestFinished, test} from 'vitest';

const withinMs = 8_000;

let cluster: ProcessCluster;
let people: SignedIn[];
beforeAll(async () => {
  cluster = await startCluster({gateways: 3, balancer: true, partitions: true, env: {TRUST_PROXY: '1'}});
  people = await Promise.all(Array.from({length: 12}, () => signInGuest(cluster.url!)));
  await waitFor(async () => (await peersOf(cluster.gateways[0]!)) === 2, {
    timeoutMs: 20_000,
    what: 'the nodes to know one another',
  });
  // Others count once they have been sound for five seconds.
  await sleep(6_000);
}, 120_000);
afterAll(() => cluster?.stop());

async function isReady({metricsUrl}: GatewayProcess): Promise<boolean> {
  return (await fetch(new URL('/readyz', metricsUrl))).ok;
}

async function peersOf({metricsUrl}: GatewayProcess): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  return Number(/^madang_probe_peers(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1]);
}

/** The nodes to which the balancer sends twelve people who come now. */
async function nodesOfNewcomers(): Promise<Set<string>> {
  const clients = await Promise.all(people.map((person) => RawClient.connect(cluster.url!, person)));
  const nodes = await Promise.all(clients.map((client) => client.call('session:start', {})));
  for (const client of clients) client.close();
  return new Set(nodes.map(({node}) => node));
}

const directionsOf = (gateway: GatewayProcess) =>
  [...gateway.logs().matchAll(/"direction":"([a-z ]+)","msg":"broadcasts do not pass/g)].map(
    ([, found]) => found,
  );

test.each(['deaf', 'mute'] as const)(
  'a %s node is out of the balancer within 8 s, keeps its sockets, says so, and is back within 8 s',
  async (fault) => {
    const [faulty, other] = fault === 'deaf' ? cluster.gateways : cluster.gateways.toReversed();
    const inside = await RawClient.connect(faulty!.url, people[0]!);
    const outside = await RawClient.connect(other!.url, people[1]!);
    onTestFinished(() => {
      for (const client of [inside, outside]) client.close();
      faulty!.toRedis!.set('pass');
    });
    const disconnects: string[] = [];
    inside.socket.on('disconnect', (reason) => disconnects.push(reason));
    const {room} = await outside.call('room:create', {title: 'Heard'});
    await inside.call('room:join', {roomId: room.id});
    expect((await nodesOfNewcomers()).size).toBe(3);

    faulty!.toRedis!.set(fault);
    await waitFor(async () => !(await isReady(faulty!)), {
      timeoutMs: withinMs,
      what: 'the node to step aside',
      everyMs: 50,
    });
    // The balancer asks four times a second, and believes the second answer.
    await sleep(600);
    expect((await nodesOfNewcomers()).size).toBe(2);
    const {rev} = await outside.send(room.id, 'by the pulse');
    await waitFor(() => inside.frames(room.id).some(({head}) => head >= rev), {
      timeoutMs: 3_000,
      what: 'the faulty node to read it from Postgres',
    });
    for (const gateway of cluster.gateways) expect(await isReady(gateway)).toBe(gateway !== faulty);
    expect(directionsOf(faulty!).at(0)).toBe(fault);

    faulty!.toRedis!.set('pass');
    await waitFor(() => isReady(faulty!), {timeoutMs: withinMs, what: 'the node to return', everyMs: 50});
    await sleep(600);
    expect((await nodesOfNewcomers()).size).toBe(3);
    expect(disconnects).toEqual([]);
    // The others count it again once it has been sound for five seconds.
    await sleep(6_000);
  },
  90_000,
);

test('nobody steps aside when Redis is silent to all, nor when it returns', {timeout: 90_000}, async () => {
  const states: boolean[] = [];
  const watch = async (ms: number) => {
    for (const until = performance.now() + ms; performance.now() < until; await sleep(200))
      states.push(...(await Promise.all(cluster.gateways.map(isReady))));
  };

  for (const {toRedis} of cluster.gateways) toRedis!.set('blackhole');
  await watch(12_000);
  for (const {toRedis} of cluster.gateways) toRedis!.set('pass');
  await watch(12_000);

  expect(states.filter((ready) => !ready)).toEqual([]);
});
