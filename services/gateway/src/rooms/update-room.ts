import {updateRoom as writeRoom} from '@madang/database/rooms/rooms';
import type {RoomResult, UpdateRoomInput} from '@madang/protocol/rooms';
import type {Handler, ManagerContext} from '../context.ts';
import {withExternalId} from './external-ids.ts';
import {withOnline} from './online.ts';
import {requireService} from './service-fields.ts';
import {hashRoomPassword} from './room-passwords.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Changes a room that the caller may manage. A password of null removes it; members are never asked for one. An
 * archived room can be read, but only a call that unarchives it can change it.
 */
export const updateRoom: Handler<ManagerContext<RoomsNeeds>, UpdateRoomInput, RoomResult> = async (
  ctx,
  input,
) => {
  const {node, caller, manager} = ctx;
  const {roomId: _, password, ...changes} = input;
  requireService(caller, input, ['archived']);
  const passwordHash = typeof password === 'string' ? await hashRoomPassword(ctx, password) : password;
  const {room, externalId, frame} = await writeRoom(node.db, manager, {...changes, passwordHash}, ctx);
  if (frame) node.broadcast.frame(frame);
  const [answer = room] = await withOnline(node, [room]);
  return {room: withExternalId(caller, answer, externalId)};
};
