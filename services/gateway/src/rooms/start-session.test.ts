import type {RoomState} from '@madang/protocol/rooms';
import type {StartSessionResult} from '@madang/protocol/log';
import {presetPolicy} from '@madang/protocol/policy-presets';
import {expect, test} from 'vitest';
import type {Connection, SignedInContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';
import {startSession} from './start-session.ts';

const roomId = '0192f0c0-0000-7000-8000-000000000001';
const lostId = '0192f0c0-0000-7000-8000-000000000002';
const cursor = {epoch: 'e', rev: 7};

/** A context in which Postgres says that both memberships have ended, after the connection subscribed to the first. */
function inContext(heard: string[]): SignedInContext<RoomsNeeds> {
  const rooms = new Set<string>();
  const connection: Partial<Connection> = {
    rooms,
    applyPolicy: () => {},
    tellRights: () => [],
    subscribeNext: async (_page, read) => {
      const found = await read();
      return () => {
        for (const id of heard) rooms.add(id);
        const states = heard.map((id) => ({room: {id}, head: 7}) as RoomState);
        return {rooms: states, ended: [], more: false, read: found};
      };
    },
  };
  const ends = [roomId, lostId].map((id) => ({roomId: id, leftAt: 9, reason: 'left'}));
  const db = {
    query: async ({name}: {name: string}) => [
      name === 'ended_rooms' ? {ended: ends} : {user: {id: 'ann'}, blocked: [], frames: []},
    ],
  };
  return {
    node: {db, name: 'node-1', tenants: {get: async () => ({policy: presetPolicy('community')})}},
    caller: {user: {id: 'ann'}},
    connection,
  } as unknown as SignedInContext<RoomsNeeds>;
}

async function endedIn(ctx: SignedInContext<RoomsNeeds>): Promise<string[]> {
  const reply = await startSession(ctx, {cursors: {[roomId]: cursor, [lostId]: cursor}, limit: 50});
  const {ended} = (typeof reply === 'function' ? reply() : reply) as StartSessionResult;
  return ended.map((each) => each.roomId);
}

test('tells in which of its rooms the user is no longer', async () => {
  expect(await endedIn(inContext([]))).toEqual([roomId, lostId]);
});

test('of a room that the connection hears from now on it leaves the end to room:left, behind the revs before it', async () => {
  expect(await endedIn(inContext([roomId]))).toEqual([lostId]);
});
