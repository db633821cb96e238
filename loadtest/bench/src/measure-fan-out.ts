import type {Room} from './room.ts';
import {coreBusyMs} from './processes.ts';
import {serverCore} from './cores.ts';
import {messageText} from './message-text.ts';
import {inRound} from './pairs.ts';
import type {Plan} from './plan.ts';
import type {ServerProcess} from './testbed.ts';

export type FanOutWindow = {
  contender: string;
  atOnce: number;
  round: number;
  deliveries: number;
  cpuUsPerDelivery: number;
  deliveriesPerSecond: number;
  /** The share of the server's core used by processes other than the contenders. Less is better. */
  strangers: number;
};

const warmUpMs = 300;

/** Measures the server's CPU for each message that reaches a socket, in one room in which some members send at once. */
export async function measureFanOut(servers: ServerProcess[], plan: Plan): Promise<FanOutWindow[]> {
  const {members, atOnce} = plan.fanOut;
  const rooms = new Map<ServerProcess, Room>();
  for (const server of servers) {
    const [room] = await server.contender.openRooms(server.url, {rooms: 1, members});
    rooms.set(server, room!);
    for (const count of atOnce) await sendFor(room!, count, warmUpMs);
  }
  const windows: FanOutWindow[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    for (const count of atOnce) {
      for (const server of inRound(servers, round)) {
        const window = await measure({server, servers, room: rooms.get(server)!, count, plan});
        windows.push({contender: server.contender.name, atOnce: count, round, ...window});
      }
    }
  }
  for (const room of rooms.values()) room.close();
  return windows;
}

type Measured = {server: ServerProcess; servers: ServerProcess[]; room: Room; count: number; plan: Plan};

async function measure({server, servers, room, count, plan}: Measured) {
  const cpuOfAll = () => servers.reduce((sum, each) => sum + each.cpu().server, 0);
  // The core's caches still hold the data of another server.
  await sendFor(room, count, plan.fanOut.windowMs / 10);
  const before = {
    cpu: server.cpu().server,
    all: cpuOfAll(),
    busy: coreBusyMs(serverCore),
    at: performance.now(),
  };
  const deliveries = await sendFor(room, count, plan.fanOut.windowMs);
  const elapsedMs = performance.now() - before.at;
  const strangersMs = coreBusyMs(serverCore) - before.busy - (cpuOfAll() - before.all);
  return {
    deliveries,
    cpuUsPerDelivery: ((server.cpu().server - before.cpu) * 1_000) / deliveries,
    deliveriesPerSecond: (deliveries * 1_000) / elapsedMs,
    strangers: Math.max(0, strangersMs / elapsedMs),
  };
}

/**
 * Lets `count` members send at once, then others once everyone has received everything. Returns the number of deliveries.
 */
async function sendFor(room: Room, count: number, windowMs: number): Promise<number> {
  const {members} = room;
  const before = room.deliveries;
  const until = performance.now() + windowMs;
  for (let next = 0; performance.now() < until; next += count) {
    const senders = Array.from({length: count}, (_, index) => members[(next + index) % members.length]!);
    await Promise.all(senders.map((sender) => room.post(sender, messageText)));
    await room.settle();
  }
  return room.deliveries - before;
}
