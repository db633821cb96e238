import type {RoomIdInput, RoomResult} from '@madang/protocol/rooms';
import type {Handler, RoomContext} from '../context.ts';
import {withExternalId} from './external-ids.ts';
import {withOnline} from './online.ts';
import type {RoomsNeeds} from './needs.ts';

/** Returns a room to its members and, if it is public, to everyone in the tenant. */
export const getRoom: Handler<RoomContext<RoomsNeeds>, RoomIdInput, RoomResult> = async ({
  node,
  caller,
  access,
}) => {
  const [room = access.room] = await withOnline(node, [access.room]);
  return {room: withExternalId(caller, room, access.externalId)};
};
