import type {StateRead} from '@madang/database/rooms/rooms';
import type {Room, RoomState} from '@madang/protocol/rooms';
import {afterCommit} from '../calls/after-commit.ts';
import type {Reply, SignedInContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/** Adds to each room how many users are in it now, on all nodes. */
export async function withOnline({occupancy}: Pick<RoomsNeeds, 'occupancy'>, rooms: Room[]): Promise<Room[]> {
  const counts = await occupancy.online(rooms.map(({id}) => id));
  return rooms.map((room, index) => ({...room, online: counts[index] ?? 0}));
}

/**
 * Answers with the state of a room that the caller is in. A connection hears the room from this answer on; its node
 * makes the state in the same step. Over HTTP, the answer is what was read.
 */
export async function answerState(
  ctx: SignedInContext<RoomsNeeds>,
  state: StateRead,
): Promise<Reply<RoomState>> {
  if (ctx.connection) return afterCommit(ctx.connection.subscribe(state.room.id));
  const [online = 0] = await ctx.node.occupancy.online([state.room.id]);
  return {...state, online};
}
