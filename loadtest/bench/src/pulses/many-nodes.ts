/**
 * Many nodes, each with one connection for sends and one for its pulse. It measures what all pulses together cost Postgres,
 * as a share of what the sends cost. The sends are spread over nodes and rooms, so that hardly any two share a batch. This
 * is the most expensive case for both.
 */
import {randomUUID} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import {createPulse} from '@madang/database/delivery/pulse';
import {createAppender} from '@madang/database/messages/append';
import {backendsMs, open, round, setStage, silent, type Stage} from './stage.ts';

type Plan = {nodes: number; sendsPerSecond: number; seconds: number};

const pulseMs = 1_000;

export async function measureManyNodes({url}: {url: string}, {nodes, sendsPerSecond, seconds}: Plan) {
  const owner = open(url, 'bench');
  const stage = await setStage(owner, 2_000);
  const databases = Array.from({length: nodes}, () => open(url, 'many'));
  const senders = databases.map((db) =>
    createAppender(db, {log: silent, onCommitted() {}, slots: 1, lanes: 1, deadlineMs: 10_000}),
  );
  const pulses = databases.map((db) =>
    createPulse(db, {nodeId: randomUUID(), leaseMs: 8_000, deadlineMs: 10_000}),
  );
  const stop = new AbortController();
  const told = {moves: 0, answers: 0};
  const asking = pulses.map((pulse, no) => keepAsking(pulse, (no / nodes) * pulseMs, told, stop.signal));
  const sending = senders.map((_, no) =>
    keepSending(senders[no]!, stage, (nodes * 1_000) / sendsPerSecond, stop.signal),
  );
  await delay(5_000);

  const read = async () => ({
    sends: (await backendsMs(owner, 'many append')) + (await backendsMs(owner, 'many')),
    pulses: await backendsMs(owner, 'many pulse'),
    stored: await count(owner),
    at: performance.now(),
    ...told,
  });
  const before = await read();
  await delay(seconds * 1_000);
  const after = await read();
  stop.abort();
  await Promise.all([...sending, ...asking]);
  for (const each of [...senders, ...pulses, ...databases, owner]) await each.close();

  const per = (what: keyof typeof before, of: number) => round((after[what] - before[what]) / of);
  const stored = after.stored - before.stored;
  const answers = after.answers - before.answers;
  return {
    nodes,
    sendsPerSecond: round((stored * 1_000) / (after.at - before.at)),
    sendMs: per('sends', stored),
    pulseMs: per('pulses', answers),
    movesPerAnswer: per('moves', answers),
    share: round((after.pulses - before.pulses) / (after.sends - before.sends)),
  };
}

async function keepAsking(
  pulse: ReturnType<typeof createPulse>,
  startMs: number,
  told: {moves: number; answers: number},
  signal: AbortSignal,
): Promise<void> {
  await delay(startMs);
  while (!signal.aborted) {
    const {moves} = await pulse.ask([]);
    told.moves += moves.size;
    told.answers += 1;
    await delay(pulseMs, undefined, {signal}).catch(() => {});
  }
}

/** Sends at its times, whether or not the previous send was answered. */
async function keepSending(
  {append}: ReturnType<typeof createAppender>,
  {tenantId, rooms}: Stage,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  const underWay = new Set<Promise<unknown>>();
  for (let next = performance.now() + Math.random() * everyMs; !signal.aborted; next += everyMs) {
    await delay(Math.max(0, next - performance.now()));
    const {id, ownerId} = rooms[Math.floor(Math.random() * rooms.length)]!;
    const sent = append({
      tenantId,
      roomId: id,
      senderId: ownerId,
      sender: {id: ownerId, kind: 'service', name: 'bench', color: '#000000'},
      clientId: randomUUID(),
      text: 'A message of the usual length, with some thirty words or so; nobody reads it.',
      receivedAt: performance.now(),
    }).finally(() => underWay.delete(sent));
    underWay.add(sent);
  }
  await Promise.all(underWay);
}

async function count(db: ReturnType<typeof open>): Promise<number> {
  const [row] = await db.query<{count: number}>({name: '', text: 'select count(*) from messages'});
  return row!.count;
}
