import {closeRoom as writeClosing} from '@madang/database/rooms/rooms';
import type {RoomIdInput, RoomResult} from '@madang/protocol/rooms';
import type {Handler, ManagerContext} from '../context.ts';
import {withExternalId} from './external-ids.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Closes a room that the caller may manage. A closed room never opens again, and every membership ends. As each node's
 * feed passes the closing, it removes the room's connections. Safe to repeat: a caller who may close the room gets the
 * closed one.
 */
export const closeRoom: Handler<ManagerContext<RoomsNeeds>, RoomIdInput, RoomResult> = async (ctx) => {
  const {node, caller, manager} = ctx;
  const {room, externalId, frame} = await writeClosing(node.db, manager, ctx);
  if (frame) node.broadcast.frame(frame);
  return {room: withExternalId(caller, room, externalId)};
};
