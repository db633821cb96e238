import {truncateRoom as letMessagesGo} from '@madang/database/rooms/rooms';
import type {RoomResult, TruncateRoomInput} from '@madang/protocol/rooms';
import type {Handler, ManagerContext} from '../context.ts';
import {withExternalId} from './external-ids.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Removes old messages of a room: from the answer on nobody is shown them or their images, and the worker blanks them.
 * One log entry says so. Safe to repeat: removed messages stay removed.
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
