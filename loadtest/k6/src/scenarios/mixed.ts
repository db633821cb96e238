import {k6Options, roomsInK6} from '../k6-options.ts';
import {closeRoom, createRoom} from '../people.ts';
import {roomsOf, type Plan} from '../plan.ts';
import {runCrowd} from '../run-crowd.ts';
import {runHttp} from '../run-http.ts';
import {currentPlan, summaryOf} from '../run.ts';

const plan = currentPlan();

const part = (name: string, share: number, more: Partial<Plan> = {}) => {
  const users = Math.max(2, Math.round(plan.users * share));
  return {...plan, name: `mixed-${name}`, users, ...more};
};
const chat = part('chat', 0.6);
const hot = part('hot', 0.2, {roomSize: 100});
const idle = part('idle', 0.1, {rate: 0});
const http = part('http', 0.1, {roomSize: 3});
const parts = [chat, hot, idle, http];

export const options = k6Options(plan, {
  chat: roomsInK6(plan, chat, 'runChat'),
  hot: roomsInK6(plan, hot, 'runHot'),
  idle: roomsInK6(plan, idle, 'runIdle'),
  http: roomsInK6(plan, http, 'runOverHttp'),
});
export const handleSummary = summaryOf(
  plan,
  parts.reduce((sum, each) => sum + roomsOf(each), 0),
);

export function setup(): string {
  return createRoom(plan, 'Load test mixed');
}

export function teardown(roomId: string): void {
  closeRoom(plan, roomId);
}

export const runChat = () => runCrowd(plan, chat);
export const runHot = (sharedRoomId: string) => runCrowd(plan, {...hot, sharedRoomId});
export const runIdle = () => runCrowd(plan, idle);
export const runOverHttp = () => runHttp(plan, http);
