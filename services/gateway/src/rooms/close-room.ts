import {closeRoom as writeClosing} from '@madang/database/rooms/rooms';
import type {RoomIdInput, RoomResult} from '@madang/protocol/rooms';
import type {Handler, MemberContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Closes a room of which the caller is the owner. No room opens again. Every membership ends with it: as each node's feed passes
 * the closing, it takes the room's connections out. Safe to repeat: of a closed room, its owner gets the room.
 */
export const closeRoom: Handler<MemberContext<RoomsNeeds>, RoomIdInput, RoomResult> = async (ctx) => {
  const {node, member} = ctx;
  const {room, frame} = await writeClosing(node.db, member, ctx);
  if (frame) node.broadcast.frame(frame);
  return {room};
};
