import {setTimeout as delay} from 'node:timers/promises';
import type {Contender} from './contenders/contender.ts';
import {inRound} from './pairs.ts';
import type {Plan} from './plan.ts';
import {rssKiB} from './processes.ts';
import type {Testbed} from './testbed.ts';

export type IdleMemory = {contender: string; round: number; kibPerConnection: number};

const restMs = 250;
const restsAtMost = 20;
/** Below this CPU use a process counts as idle. */
const jitterKiB = 128;

/** Measures the resident memory for each further connection that is signed in, is in a room, and sends nothing. */
export async function measureIdleMemory(
  testbed: Testbed,
  contenders: Contender[],
  {idle}: Plan,
): Promise<IdleMemory[]> {
  const found: IdleMemory[] = [];
  for (let round = 0; round < idle.rounds; round++) {
    for (const contender of inRound(contenders, round)) {
      const kibPerConnection = await measure(testbed, contender, idle);
      found.push({contender: contender.name, round, kibPerConnection});
    }
  }
  return found;
}

/** Starts a new process each time, because memory once used is seldom given back. */
async function measure(testbed: Testbed, contender: Contender, idle: Plan['idle']): Promise<number> {
  const {few, many, roomMembers} = idle;
  const server = await testbed.start(contender);
  const open = (connections: number) =>
    contender.openRooms(server.url, {rooms: connections / roomMembers, members: roomMembers});

  const rooms = await open(few);
  const before = await restingRssKiB(server.pid);
  rooms.push(...(await open(many - few)));
  const after = await restingRssKiB(server.pid);

  for (const room of rooms) room.close();
  await server.stop();
  return (after - before) / (many - few);
}

/** Returns the resident memory once garbage collection no longer changes it. */
async function restingRssKiB(pid: number): Promise<number> {
  let rss = rssKiB(pid);
  for (let rest = 0; rest < restsAtMost; rest++) {
    process.kill(pid, 'SIGUSR2');
    await delay(restMs);
    const now = rssKiB(pid);
    if (rest > 2 && Math.abs(now - rss) < jitterKiB) return now;
    rss = now;
  }
  return rss;
}
