/**
 * Clients send three times as much as the cluster can process. It must continue to store nearly as much as it can, and lose
 * nothing. The trial runs once with clients that wait for answers as the SDK does, and once with clients that never wait.
 */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {patiently} from '@madang/testkit/patience';
import {RawClient, signInGuest} from '@madang/testkit/raw-client';
import {whyNoCpuGroup} from '../cpu-group.ts';
import {readStored} from '../history/stored.ts';
import type {Goal} from '../report/goal.ts';
import {inMs, quantile} from '../report/measure.ts';
import {withCluster} from './cluster.ts';
import type {Trial} from './trial.ts';

/** Enough people that none of them exceeds what one person may send. */
const people = 450;
/** The numbers of pending sends at which the highest rate is measured. */
const underWay = [150, 300, 450];
const peakForMs = 10_000;
const times = 3;
const overloadForMs = 60_000;
const tickMs = 10;
const answeredWithinMs = 5_000;
const leastShare = 0.8;
/** The cluster's part of one core. Its clients must be able to send three times as much as it can process. */
const ofCore = 0.3;

/** `waiting` is the number of messages that it could not send yet: as the SDK does, it sends one at a time. */
type Talker = {client: RawClient; roomId: string; waiting: number; isSending: boolean};

class Count {
  readonly stored = new Set<string>();
  readonly refusedMs: number[] = [];
  unanswered = 0;

  perSecond(forMs: number): number {
    return this.stored.size / (forMs / 1_000);
  }
}

export const overload: Trial = {
  name: 'overload',
  says: `${times} times as much is sent for ${overloadForMs / 1_000} s as the cluster can take`,
  impossible: whyNoCpuGroup,
  act: (say) =>
    withCluster(
      async (cluster) => {
        const talkers = await gather(cluster);
        try {
          const {peak, calm} = await findPeak(talkers, say);
          const patient = new Count();
          await sayAtRate(talkers, patient, peak * times);
          tell(say, 'clients that wait', patient);
          const flood = new Count();
          await sendAtRate(talkers, flood, peak * times);
          tell(say, 'clients that do not wait', flood);
          const stored = [calm, patient, flood].flatMap((count) => [...count.stored]);
          return [
            judge('clients that wait for answers', patient, peak),
            judge('clients that wait for nothing', flood, peak),
            await judgeLoss(cluster, stored),
          ];
        } finally {
          for (const {client} of talkers) client.close();
        }
      },
      {ofCore},
    ),
};

/** Each has its own room, because deliveries to others would be the larger part of the work. */
async function gather({gateways}: ProcessCluster): Promise<Talker[]> {
  const talkers: Talker[] = [];
  for (let index = 0; index < people; index += 1) {
    const {url} = gateways[index % gateways.length]!;
    const client = await RawClient.connect(url, await signInGuest(url));
    client.socket.onAny(() => client.received.splice(0));
    const {room} = await patiently(() =>
      client.call('room:create', {title: `Corner ${index}`, ephemeral: false}),
    );
    talkers.push({client, roomId: room.id, waiting: 0, isSending: false});
  }
  return talkers;
}

async function findPeak(talkers: Talker[], say: (line: string) => void) {
  const calm = new Count();
  let peak = 0;
  for (const most of underWay) {
    const count = new Count();
    await sendInTurn(talkers, count, most);
    const perSecond = count.perSecond(peakForMs);
    say(`${Math.round(perSecond)} a second are stored with ${most} pending`);
    peak = Math.max(peak, perSecond);
    for (const clientId of count.stored) calm.stored.add(clientId);
  }
  return {peak, calm};
}

/** Keeps this many sends pending. A talker who got an answer goes to the end of the queue. */
async function sendInTurn(talkers: Talker[], count: Count, most: number): Promise<void> {
  const end = performance.now() + peakForMs;
  const queue = [...talkers];
  const sendOn = async () => {
    while (performance.now() < end) {
      const talker = queue.shift()!;
      await send(talker, count);
      queue.push(talker);
    }
  };
  await Promise.all(Array.from({length: most}, sendOn));
}

/** Talkers get this many messages a second. Each sends one after the other, and retries refused ones. */
async function sayAtRate(talkers: Talker[], count: Count, perSecond: number): Promise<void> {
  const stop = new AbortController();
  const saying: Promise<void>[] = [];
  await atRate(perSecond, (index) => {
    const talker = talkers[index % talkers.length]!;
    talker.waiting += 1;
    if (!talker.isSending) saying.push(sayAll(talker, count, stop.signal));
  });
  stop.abort();
  await Promise.all(saying);
}

async function sayAll(talker: Talker, count: Count, stop: AbortSignal): Promise<void> {
  talker.isSending = true;
  while (talker.waiting > 0 && !stop.aborted) {
    talker.waiting -= 1;
    const clientId = randomUUID();
    for (let retryMs = await send(talker, count, clientId); retryMs !== undefined && !stop.aborted;) {
      await delay(retryMs * (0.5 + Math.random()), undefined, {signal: stop}).catch(() => undefined);
      if (!stop.aborted) retryMs = await send(talker, count, clientId);
    }
  }
  talker.waiting = 0;
  talker.isSending = false;
}

/** Sends this many a second, whatever the outcome. */
async function sendAtRate(talkers: Talker[], count: Count, perSecond: number): Promise<void> {
  const sent: Promise<unknown>[] = [];
  await atRate(perSecond, (index) => sent.push(send(talkers[index % talkers.length]!, count)));
  await Promise.all(sent);
}

async function atRate(perSecond: number, act: (index: number) => void): Promise<void> {
  const begunAt = performance.now();
  let done = 0;
  for (let now = begunAt; now < begunAt + overloadForMs; now = performance.now()) {
    for (; done < ((now - begunAt) / 1_000) * perSecond; done += 1) act(done);
    await delay(tickMs);
  }
}

/** Makes one attempt. Returns how long to wait before the next one, if it has to be retried. */
async function send(
  {client, roomId}: Talker,
  count: Count,
  clientId: string = randomUUID(),
): Promise<number | undefined> {
  const at = performance.now();
  try {
    const input = {roomId, clientId, text: 'one of very many messages'};
    const answer = await client.ask('message:send', input, answeredWithinMs);
    if (answer.ok) {
      count.stored.add(clientId);
      return undefined;
    }
    count.refusedMs.push(performance.now() - at);
    return answer.error.retryAfterMs ?? 1_000;
  } catch {
    count.unanswered += 1;
    return 1_000;
  }
}

function tell(say: (line: string) => void, who: string, {stored, refusedMs, unanswered}: Count): void {
  const after = inMs(quantile(refusedMs, 0.99));
  say(
    `${who}: ${stored.size} stored, ${refusedMs.length} refused, p99 after ${after}; ${unanswered} unanswered`,
  );
}

function judge(who: string, count: Count, peak: number): Goal {
  const goodput = count.perSecond(overloadForMs);
  const share = goodput / peak;
  return {
    what: `stored at ${times} times the load, by ${who}`,
    goal: `≥ ${leastShare * 100} % of the most`,
    here: `${(share * 100).toFixed(0)} %: ${Math.round(goodput)} of ${Math.round(peak)} a second`,
    isMet: share >= leastShare,
  };
}

async function judgeLoss({databaseUrl}: ProcessCluster, acknowledged: string[]): Promise<Goal> {
  const stored = new Set((await readStored(databaseUrl)).messages.map(({clientId}) => clientId));
  const lost = acknowledged.filter((clientId) => !stored.has(clientId)).length;
  return {
    what: 'acknowledged messages lost in overload',
    goal: '0',
    here: `${lost} of ${acknowledged.length}`,
    isMet: lost === 0,
  };
}
