import {truncateRoom as letMessagesGo} from '@madang/database/rooms/rooms';
import type {RoomResult, TruncateRoomInput} from '@madang/protocol/rooms';
import type {Handler, ManagerContext} from '../context.ts';
import {withExternalId} from './external-ids.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Lets old messages of a room go: from the answer on nobody is shown them or their images, and the worker blanks them. One
 * entry of the log says so. Safe to repeat: what is gone stays so.
 */
export const truncateRoom: Handler<ManagerContext<RoomsNeeds>, TruncateRoomInput, RoomResult> = async (
  ctx,
  {before},
) => {
  const {node, caller, manager} = ctx;
  const {room, externalId, frame} = await letMessagesGo(node.db, manager, {before}, ctx);
  if (frame) node.broadcast.frame(frame);
  return {room: withExternalId(caller, room, externalId)};
};
