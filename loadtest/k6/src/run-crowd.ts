/** The work of one virtual user of k6: it gathers a room's people, lets them talk, and checks what they received. */
import exec from 'k6/execution';
import {Crowd} from './crowd.ts';
import {closeRoom, createRoom, signIn, signOut} from './people.ts';
import {roomsOf, usersOf, type Plan} from './plan.ts';
import {waitUntil} from './wait.ts';

/** A part of a plan: some of its users, who talk in their own rooms or share one. */
export type Part = Pick<Plan, 'users' | 'roomSize' | 'rate' | 'storms'> & {
  name: string;
  sharedRoomId?: string;
};

export async function runCrowd(plan: Plan, part: Part): Promise<void> {
  const {iterationInTest: index, startTime} = exec.scenario;
  const rampEndsAt = startTime + plan.rampMs;
  const rooms = roomsOf(part);
  await waitUntil(startTime + (plan.rampMs * index) / rooms);

  const names = Array.from({length: usersOf(part, index)}, (_, user) => `load-${part.name}-${index}-${user}`);
  const accounts = signIn(plan, names);
  const roomId = part.sharedRoomId ?? createRoom(plan, `Load test ${part.name} ${index}`);
  const crowd = new Crowd(plan, roomId, accounts);
  try {
    await crowd.enter();
    const untilAt = Math.max(rampEndsAt, Date.now()) + plan.durationMs;
    const done = part.rate > 0 ? crowd.chat({rate: part.rate, untilAt}) : waitUntil(untilAt);
    for (const at of stormTimes(rampEndsAt, untilAt, part.storms)) {
      await waitUntil(at);
      crowd.storm();
    }
    await done;
    // Users who only listened must still receive messages.
    crowd.say();
    await crowd.settle();
  } finally {
    await crowd.leave();
    if (!part.sharedRoomId) closeRoom(plan, roomId);
    signOut(plan, accounts);
  }
}

/** The times are spread evenly and the same for all rooms, so that everyone is cut off together. */
function stormTimes(fromAt: number, untilAt: number, storms: number): number[] {
  return Array.from(
    {length: storms},
    (_, index) => fromAt + ((untilAt - fromAt) * (index + 1)) / (storms + 1),
  );
}
