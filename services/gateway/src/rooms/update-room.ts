import {updateRoom as writeRoom} from '@madang/database/rooms/rooms';
import type {RoomResult, UpdateRoomInput} from '@madang/protocol/rooms';
import type {Handler, MemberContext} from '../context.ts';
import {withOnline} from './online.ts';
import {hashRoomPassword} from './room-passwords.ts';
import type {RoomsNeeds} from './needs.ts';

/** Changes a room of which the caller is the owner. A password of null removes it; members are never asked for one. */
export const updateRoom: Handler<MemberContext<RoomsNeeds>, UpdateRoomInput, RoomResult> = async (
  ctx,
  input,
) => {
  const {node, member} = ctx;
  const {title, visibility, password, capacity, ephemeral} = input;
  const passwordHash = typeof password === 'string' ? await hashRoomPassword(ctx, password) : password;
  const patch = {title, visibility, passwordHash, capacity, ephemeral};
  const {room, frame} = await writeRoom(node.db, member, patch);
  if (frame) node.broadcast.frame(frame);
  const [answer = room] = await withOnline(node, [room]);
  return {room: answer};
};
