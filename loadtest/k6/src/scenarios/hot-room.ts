import {k6Options, roomsInK6} from '../k6-options.ts';
import {closeRoom, createRoom} from '../people.ts';
import {roomsOf} from '../plan.ts';
import {runCrowd} from '../run-crowd.ts';
import {currentPlan, summaryOf} from '../run.ts';

/** How many of the room's users one thread of k6 can listen for. Several threads share the room. */
const listenersEach = 100;

const plan = currentPlan();
const slices = {users: plan.users, roomSize: listenersEach};
const part = {...plan, ...slices, name: plan.scenario, rate: plan.rate / roomsOf(slices)};

export const options = k6Options(plan, {room: roomsInK6(plan, slices)});
export const handleSummary = summaryOf(plan, roomsOf(slices));

export function setup(): string {
  return createRoom(plan, 'Load test hot-room');
}

export function teardown(roomId: string): void {
  closeRoom(plan, roomId);
}

export default (sharedRoomId: string) => runCrowd(plan, {...part, sharedRoomId});
