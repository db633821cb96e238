import {messageText} from './message-text.ts';
import {inRound, spreadOf} from './pairs.ts';
import type {Plan} from './plan.ts';
import type {Room} from './room.ts';
import type {CpuMs, ServerProcess} from './testbed.ts';
import {Violation} from './transcript.ts';

export type DurableWindow = {
  contender: string;
  round: number;
  sends: number;
  sendsPerSecond: number;
  /** CPU of server, Postgres and Redis together. */
  cpuUsPerSend: number;
  parts: {server: number; postgres: number; redis: number};
  ackMs: number;
};

export type LoneWindow = {contender: string; round: number; sends: number; ackMs: number};

const warmUpMs = 500;

/**
 * Measures what it costs to store a message before acknowledging it, for all processes together, in rooms of two. With many
 * sends at once a server may store in batches. With a single sender, that sender must not wait for a batch to fill.
 */
export async function measureDurableSends(
  servers: ServerProcess[],
  plan: Plan,
): Promise<{many: DurableWindow[]; lone: LoneWindow[]}> {
  const {durable, rounds} = plan;
  const rooms = new Map<ServerProcess, Room[]>();
  const stored = new Map<ServerProcess, {before: number; acknowledged: number}>();
  for (const server of servers) {
    stored.set(server, {before: await server.countMessages(), acknowledged: 0});
    rooms.set(server, await server.contender.openRooms(server.url, {rooms: durable.rooms, members: 2}));
  }
  const send = async (server: ServerProcess, senders: number, windowMs: number) => {
    const acks = await sendFor(rooms.get(server)!, senders, windowMs);
    stored.get(server)!.acknowledged += acks.length;
    return acks;
  };
  for (const server of servers) await send(server, durable.sendersAtOnce, warmUpMs);

  const many: DurableWindow[] = [];
  const lone: LoneWindow[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const server of inRound(servers, round)) {
      const contender = server.contender.name;
      const before = server.cpu();
      const startedAt = performance.now();
      const acks = await send(server, durable.sendersAtOnce, durable.windowMs);
      const parts = perSend(before, server.cpu(), acks.length);
      many.push({
        contender,
        round,
        sends: acks.length,
        sendsPerSecond: (acks.length * 1_000) / (performance.now() - startedAt),
        cpuUsPerSend: parts.server + parts.postgres + parts.redis,
        parts,
        ackMs: spreadOf(acks).median,
      });
    }
    for (const server of inRound(servers, round)) {
      const acks = await send(server, 1, durable.loneWindowMs);
      lone.push({contender: server.contender.name, round, sends: acks.length, ackMs: spreadOf(acks).median});
    }
  }

  for (const [server, {before, acknowledged}] of stored) {
    const found = (await server.countMessages()) - before;
    if (found !== acknowledged)
      throw new Violation(
        `${server.contender.name} acknowledged ${acknowledged} messages and stored ${found}`,
      );
  }
  for (const each of rooms.values()) for (const room of each) room.close();
  return {many, lone};
}

function perSend(before: CpuMs, after: CpuMs, sends: number): CpuMs {
  const us = (part: keyof CpuMs) => ((after[part] - before[part]) * 1_000) / sends;
  return {server: us('server'), postgres: us('postgres'), redis: us('redis')};
}

/**
 * Keeps this many sends in flight, each from a different room than the one before. Returns the times to acknowledgement.
 */
async function sendFor(rooms: Room[], senders: number, windowMs: number): Promise<number[]> {
  const until = performance.now() + windowMs;
  const ackMs: number[] = [];
  let next = 0;
  const keepSending = async () => {
    while (performance.now() < until) {
      const index = next++;
      const room = rooms[index % rooms.length]!;
      const sender = room.members[Math.floor(index / rooms.length) % room.members.length]!;
      const startedAt = performance.now();
      await room.post(sender, messageText);
      ackMs.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({length: senders}, keepSending));
  await Promise.all(rooms.map((room) => room.settle()));
  return ackMs;
}
