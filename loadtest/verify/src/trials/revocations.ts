/** Measures how soon the connections of an ended session are closed on other nodes, with Redis and without. */
import {setTimeout as delay} from 'node:timers/promises';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {RawClient, request, signInGuest, type SignedIn} from '@madang/testkit/raw-client';
import {waitFor} from '@madang/testkit/wait-for';
import {within} from '../report/goal.ts';
import {withCluster} from './cluster.ts';
import type {Trial} from './trial.ts';

const sessions = 250;
const atOnce = 50;
const everyMs = 40;
const bounds = {p99: 1_500, max: 2_000};

/** Opens a session with a connection on each of two nodes, and ends it on the third. */
type Guest = {who: SignedIn; clients: RawClient[]; endUrl: string};

export const revocations: Trial = {
  name: 'revocation',
  says: `${sessions} sessions with connections on two nodes are ended on a third; as many again without Redis`,
  act: (say) =>
    withCluster(async (cluster) => {
      const withRedis = await inBatches(async () => endAll(await enter(cluster)));
      say(`${withRedis.length} connections closed; now without Redis`);
      const withoutRedis = await inBatches(async () => {
        const guests = await enter(cluster);
        await cluster.redis!.kill();
        try {
          return await endAll(guests);
        } finally {
          await cluster.redis!.start();
        }
      });
      return [
        ...within('connections closed after a sign-out elsewhere', bounds, withRedis),
        ...within('connections closed after a sign-out elsewhere, without Redis', bounds, withoutRedis),
      ];
    }),
};

async function inBatches(act: () => Promise<number[]>): Promise<number[]> {
  const found: number[] = [];
  for (let done = 0; done < sessions; done += atOnce) found.push(...(await act()));
  return found;
}

async function enter({gateways}: ProcessCluster): Promise<Guest[]> {
  const guests: Guest[] = [];
  for (let index = 0; index < atOnce; index += 1) {
    const url = (offset: number) => gateways[(index + offset) % gateways.length]!.url;
    const who = await signInGuest(url(0));
    const clients = [await connect(url(0), who), await connect(url(1), who)];
    guests.push({who, clients, endUrl: url(2)});
  }
  return guests;
}

/** Right after an outage a node may still refuse a handshake temporarily. */
function connect(url: string, who: SignedIn): Promise<RawClient> {
  return waitFor(() => RawClient.connect(url, who).catch(() => false as const), {
    timeoutMs: 15_000,
    what: 'a connection',
    everyMs: 200,
  });
}

/** The time from each answer to a sign-out until each connection of the session is closed, in milliseconds. */
async function endAll(guests: Guest[]): Promise<number[]> {
  const ends: Promise<number[]>[] = [];
  for (const guest of guests) {
    ends.push(end(guest));
    await delay(everyMs);
  }
  return (await Promise.all(ends)).flat();
}

async function end({who, clients, endUrl}: Guest): Promise<number[]> {
  const closed = clients.map(
    ({socket}) =>
      new Promise<number>((resolve) => socket.once('disconnect', () => resolve(performance.now()))),
  );
  await waitFor(
    async () => {
      const {status} = await request(endUrl, 'POST', '/auth/logout', {body: {}, cookie: who.cookie});
      return status === 204 || status === 401;
    },
    {timeoutMs: 15_000, what: 'a sign-out', everyMs: 200},
  );
  const endedAt = performance.now();
  // A connection that was closed before the answer came was closed at once.
  return (await Promise.all(closed)).map((at) => Math.max(0, at - endedAt));
}
