/** Measures what readers that stop reading a busy room cost a gateway, and how soon their connections are closed. */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {path} from '../../../../packages/client/src/http.ts';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {patiently} from '@madang/testkit/patience';
import {RawClient, request, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {readHoldings} from '../bounds.ts';
import {pauseReading} from '../faults/clients.ts';
import {within, type Goal} from '../report/goal.ts';
import {withCluster} from './cluster.ts';
import type {Trial} from './trial.ts';

const readers = 50;
/** Together they send 200 messages a second of 2,000 characters. Each stays within what one person may send. */
const senders = 40;
const sendEveryMs = 200;
const text = 'x'.repeat(2_000);
const warmUpMs = 15_000;
const lookEveryMs = 200;
const letGoWithinMs = 60_000;
const mostMoreMiB = 64;

export const stalledReaders: Trial = {
  name: 'stalled-readers',
  says: `${readers} of the readers of a room stop reading while 200 messages a second are said in it`,
  needsOwnNetwork: true,
  act: (say) =>
    withCluster(async (cluster) => {
      const stop = new AbortController();
      const clients: RawClient[] = [];
      try {
        const {roomId, talking} = await startTalk(cluster, stop.signal);
        for (let index = 0; index < readers; index += 1) {
          clients.push(await startReader(cluster, index, roomId));
        }
        await delay(warmUpMs);
        const before = memoryOf(cluster);
        say(`all read; the gateways hold ${before.map(Math.round).join(', ')} MiB`);
        const goals = await stall(cluster, clients, before);
        stop.abort();
        await talking;
        return goals;
      } finally {
        stop.abort();
        for (const client of clients) client.close();
      }
    }),
};

async function stall(cluster: ProcessCluster, clients: RawClient[], before: number[]): Promise<Goal[]> {
  const stalledAt = performance.now();
  for (const client of clients) pauseReading(client);
  let most = 0;
  await waitFor(
    async () => {
      most = Math.max(most, ...memoryOf(cluster).map((now, index) => now - before[index]!));
      return (await countEvicted(cluster)) >= clients.length;
    },
    {timeoutMs: letGoWithinMs, what: 'all stalled readers to be let go', everyMs: lookEveryMs},
  );
  const tookMs = performance.now() - stalledAt;
  return [
    {
      what: `memory that ${readers} stalled readers cost a gateway`,
      goal: `≤ ${mostMoreMiB} MiB`,
      here: `${Math.round(most)} MiB`,
      isMet: most <= mostMoreMiB,
    },
    ...within('stalled readers let go', {max: 10_000}, [tookMs]),
  ];
}

/** They send over HTTP and receive nothing, so that only the readers cost memory. */
async function startTalk(cluster: ProcessCluster, stop: AbortSignal) {
  const owner = await RawClient.connect(urlOf(cluster, 0), await signInGuest(urlOf(cluster, 0)));
  const state = await patiently(() => owner.call('room:create', {title: 'Courtyard', ephemeral: false}));
  owner.close();
  const roomId = state.room.id;
  const talks: Promise<void>[] = [];
  for (let index = 0; index < senders; index += 1) {
    const url = urlOf(cluster, index);
    const who = await signInGuest(url);
    const client = await RawClient.connect(url, who);
    await patiently(() => client.call('room:join', {roomId}));
    client.close();
    talks.push(talk(url, who, roomId, stop));
  }
  return {roomId, talking: Promise.all(talks)};
}

async function talk(url: string, {cookie}: SignedIn, roomId: string, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const body = {clientId: randomUUID(), text};
    await request(url, 'POST', path`/rooms/${roomId}/messages`, {cookie, body}).catch(() => undefined);
    await delay(sendEveryMs, undefined, {signal: stop}).catch(() => undefined);
  }
}

async function startReader(cluster: ProcessCluster, index: number, roomId: string): Promise<RawClient> {
  const url = urlOf(cluster, index);
  const client = await RawClient.connect(url, await signInGuest(url));
  client.socket.onAny(() => client.received.splice(0));
  await patiently(() => client.call('room:join', {roomId}));
  return client;
}

function urlOf({gateways}: ProcessCluster, index: number): string {
  return gateways[index % gateways.length]!.url;
}

function memoryOf({gateways}: ProcessCluster): number[] {
  return gateways.map(({pid}) => readHoldings(pid).rssMiB);
}

async function countEvicted({gateways}: ProcessCluster): Promise<number> {
  const counts = await Promise.all(
    gateways.map(async ({metricsUrl}) => {
      const text = await (await fetch(metricsUrl)).text();
      return Number(/^madang_evictions_total\{.*reason="too_slow".*\} (\d+)$/m.exec(text)?.[1] ?? 0);
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
