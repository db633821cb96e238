import {endedRooms, listMyRooms, syncRooms} from '@madang/database/delivery/log';
import {readSelf} from '@madang/database/users/users';
import type {StartSessionInput, StartSessionResult} from '@madang/protocol/log';
import type {Caller, Connection, Handler, Reply, SignedInContext} from '../context.ts';
import {rightsOf} from '../calls/rights.ts';
import type {RoomsNeeds} from './needs.ts';

/** The connection itself knows which rooms it has been given, so this only says that there is a next page. */
const rest = 'rest';

/**
 * Gives a client its rooms and what it missed in them. A connection hears the rooms from this answer on; HTTP reads
 * without subscribing.
 *
 * A frame ends at the position of Postgres when it was read. The room's RoomState is at or above that position: a
 * client whose cursor is then below the state's head calls `room:sync`.
 */
export const startSession: Handler<SignedInContext<RoomsNeeds>, StartSessionInput, StartSessionResult> = (
  ctx,
  input,
) => (ctx.connection ? subscribeRooms(ctx, ctx.connection, input) : readRooms(ctx, input));

async function subscribeRooms(
  ctx: SignedInContext<RoomsNeeds>,
  connection: Connection,
  {cursors, after, limit}: StartSessionInput,
): Promise<Reply<StartSessionResult>> {
  const {node, caller} = ctx;
  const finish = await connection.subscribeNext({limit, fromStart: after === undefined, db: node.db}, () =>
    catchUp(ctx, connection, cursors),
  );
  return () => {
    const {rooms, ended, more, read} = finish();
    const endedMeanwhile = new Set(ended.map(({roomId}) => roomId));
    // If the connection hears the room, `room:left` tells it the end in order, after the revs that precede it.
    const endedUnheard = read.ended.filter(
      ({roomId}) => !endedMeanwhile.has(roomId) && !connection.rooms.has(roomId),
    );
    return {
      user: read.user,
      ...(read.blocked.length > 0 && {blocked: read.blocked}),
      node: node.name,
      rooms,
      frames: read.frames,
      ended: [...ended, ...endedUnheard],
      ...endOf(caller),
      may: connection.tellRights(),
      next: more ? rest : undefined,
    };
  };
}

/** When the caller's JWT expires, if the caller came with one. */
function endOf({expiresAt}: Caller): {expiresAt?: string} {
  return expiresAt === undefined ? {} : {expiresAt: new Date(expiresAt).toISOString()};
}

async function catchUp(
  {node, caller}: SignedInContext<RoomsNeeds>,
  connection: Connection,
  cursors: StartSessionInput['cursors'] = {},
) {
  const roomIds = Object.keys(cursors);
  const userId = caller.user.id;
  const hasCursors = roomIds.length > 0;
  const [{user, blocked}, tenant, frames, ended] = await Promise.all([
    readSelf(node.db, {tenantId: caller.tenantId, userId}),
    node.tenants.get(caller.tenantId),
    hasCursors ? syncRooms(node.db, {userId, cursors}) : [],
    hasCursors ? endedRooms(node.db, {userId, roomIds}) : [],
  ]);
  connection.applyPolicy(tenant);
  return {user, blocked, frames, ended};
}

async function readRooms(
  {node, caller}: SignedInContext<RoomsNeeds>,
  {after, limit}: StartSessionInput,
): Promise<StartSessionResult> {
  const [{user, blocked}, {policy}, {rooms, next}] = await Promise.all([
    readSelf(node.db, {tenantId: caller.tenantId, userId: caller.user.id}),
    node.tenants.get(caller.tenantId),
    listMyRooms(node.db, {userId: caller.user.id, after, limit}),
  ]);
  const online = await node.occupancy.online(rooms.map(({room}) => room.id));
  return {
    user,
    ...(blocked.length > 0 && {blocked}),
    node: node.name,
    rooms: rooms.map((state, index) => ({...state, online: online[index] ?? 0})),
    frames: [],
    ended: [],
    ...endOf(caller),
    may: rightsOf(policy, caller),
    next,
  };
}
