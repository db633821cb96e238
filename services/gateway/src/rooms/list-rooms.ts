import {listRooms as selectRooms} from '@madang/database/rooms/rooms';
import type {ListRoomsInput, ListRoomsResult} from '@madang/protocol/rooms';
import type {Handler, SignedInContext} from '../context.ts';
import {withOnline} from './online.ts';
import type {RoomsNeeds} from './needs.ts';

/** Lists the tenant's open public rooms, newest first. */
export const listRooms: Handler<SignedInContext<RoomsNeeds>, ListRoomsInput, ListRoomsResult> = async (
  ctx,
  input,
) => {
  const {rooms, next} = await selectRooms(ctx.node.db, {...input, tenantId: ctx.caller.tenantId});
  return {rooms: await withOnline(ctx.node, rooms), next};
};
