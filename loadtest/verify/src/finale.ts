/** The end of a run: everything is healed, everyone has time to catch up, and what they hold is compared with Postgres. */
import {path} from '../../../packages/client/src/http.ts';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {waitFor} from '@madang/testkit/wait-for';
import type {RoomState} from '@madang/protocol/rooms';
import {ask} from './ask.ts';
import type {Violation} from './checker/violation.ts';
import {short} from './checker/violation.ts';
import type {Crowd} from './generator/crowd.ts';
import {readStored, type Stored} from './history/stored.ts';
import type {History} from './history/history.ts';
import {checkItems, checkSearching} from './last-reads.ts';

const catchUpWithinMs = 30_000;
const presenceWithinMs = 30_000;
const pageOfHistory = 100;

export type End = {stored: Stored; present: ReadonlySet<string>; violations: Violation[]};

export async function conclude(history: History, cluster: ProcessCluster, crowd: Crowd): Promise<End> {
  const violations: Violation[] = [];
  await reconnect(crowd);
  await catchUp(cluster, crowd);
  const present = new Set(crowd.devices.filter(({isOnline}) => isOnline).map(({owner}) => owner.device));
  for (const {owner, isOnline} of crowd.devices) {
    if (isOnline) continue;
    const what = `${owner.device} is not connected ${catchUpWithinMs / 1_000} s after everything has healed`;
    violations.push({invariant: 'liveness', what, evidence: []});
  }
  violations.push(...(await checkPresence(cluster, crowd)));
  await readEverything(history, cluster, crowd);
  const stored = await readStored(cluster.databaseUrl);
  violations.push(...(await checkUnread(cluster, crowd, stored)));
  violations.push(...(await checkItems(cluster, crowd, stored)));
  violations.push(...(await checkSearching(cluster, crowd, stored)));
  return {stored, present, violations};
}

/** Users who disconnected for a moment come back, and their pending messages are sent. */
async function reconnect({people, devices}: Crowd): Promise<void> {
  await Promise.all(people.map(({sdk}) => sdk.renewSession()));
  for (const {sdk} of people) void sdk.client.connect().catch(() => undefined);
  const isSettled = () =>
    devices.every(({isOnline}) => isOnline) &&
    people.every(({sdk}) => sdk.client.outbox.entries.length === 0);
  await waitFor(isSettled, {timeoutMs: catchUpWithinMs, what: 'everyone to be back'}).catch(() => undefined);
}

async function catchUp(cluster: ProcessCluster, {devices}: Crowd): Promise<void> {
  const {rooms} = await readStored(cluster.databaseUrl);
  const isThere = () =>
    devices.every((device) => rooms.every(({id, head}) => (device.position(id) ?? Infinity) >= head));
  await waitFor(isThere, {timeoutMs: catchUpWithinMs, what: 'everyone to catch up'}).catch(() => undefined);
}

/** Every node must report for every room exactly the users who are online. */
async function checkPresence({gateways}: ProcessCluster, crowd: Crowd): Promise<Violation[]> {
  const {rooms, people, prober} = crowd;
  const violations: Violation[] = [];
  for (const {name, url} of gateways) {
    for (const roomId of rooms.all) {
      const inRoom = [...people.map(({sdk}) => sdk), ...prober.devices]
        .filter((device) => device.isOnline && device.position(roomId) !== undefined)
        .map(({owner}) => owner.userId)
        .sort();
      const {cookie} = crowd.memberOf(roomId).sdk.client;
      let found: string[] = [];
      const agrees = async () => {
        found = await readOnline(url, cookie!, roomId);
        return found.join() === inRoom.join();
      };
      await waitFor(agrees, {timeoutMs: presenceWithinMs, what: 'presence', everyMs: 500}).catch(() => {
        violations.push({
          invariant: 'presence',
          what: `${name} shows ${found.length} online in room ${short(roomId)}; ${inRoom.length} are`,
          evidence: difference(found, inRoom),
        });
      });
    }
  }
  return violations;
}

async function readOnline(url: string, cookie: string, roomId: string): Promise<string[]> {
  const address = `${path`/rooms/${roomId}/members`}?online=true&limit=200`;
  const {members} = await ask<{members: {user: {id: string}}[]}>(url, address, cookie);
  return members.map(({user}) => user.id).sort();
}

function difference(found: string[], wanted: string[]): string[] {
  return [
    ...found.filter((id) => !wanted.includes(id)).map((id) => `shown, but not there: user ${short(id)}`),
    ...wanted.filter((id) => !found.includes(id)).map((id) => `there, but not shown: user ${short(id)}`),
  ];
}

/** Everyone reads a room's whole history, so that each message has been read back through the API. */
async function readEverything(history: History, cluster: ProcessCluster, crowd: Crowd): Promise<void> {
  const {rooms, people} = crowd;
  const [owner] = people;
  for (const roomId of rooms.all) {
    await rooms.readHistory(crowd.memberOf(roomId).sdk, roomId, {limit: pageOfHistory});
  }
  // And from each node by HTTP, as a second reader.
  for (const {url, name} of cluster.gateways) {
    const end = history.begin({
      kind: 'history',
      ...owner!.sdk.owner,
      device: `${owner!.name} over HTTP from ${name}`,
      roomId: rooms.square,
    });
    const address = `${path`/rooms/${rooms.square}/messages`}?limit=${pageOfHistory}`;
    const {cookie} = owner!.sdk.client;
    const page = await ask<{messages: {seq: number}[]; more: boolean}>(url, address, cookie!);
    end({outcome: 'ok', pages: [page.messages.map(({seq}) => seq)], isWhole: !page.more});
  }
}

/** Unread messages: above the mark, not deleted and not one's own, counted to 100. */
async function checkUnread(
  {gateways}: ProcessCluster,
  {people}: Crowd,
  stored: Stored,
): Promise<Violation[]> {
  const violations: Violation[] = [];
  for (const [index, {name, userId, sdk}] of people.entries()) {
    const {url} = gateways[index % gateways.length]!;
    const {rooms} = await ask<{rooms: RoomState[]}>(url, '/me', sdk.client.cookie!);
    for (const {room, unread, membership} of rooms) {
      const counted = stored.messages.filter(
        ({roomId, seq, senderId, isDeleted}) =>
          roomId === room.id && seq > membership.readSeq && senderId !== userId && !isDeleted,
      ).length;
      if (Math.min(100, counted) === unread) continue;
      const what = `${name} is shown ${unread} unread in room ${short(room.id)}; there are ${counted}`;
      violations.push({invariant: 'unread', what, evidence: []});
    }
  }
  return violations;
}
