import {resolveUser} from '@madang/database/users/user-refs';
import {listAllRooms, listRooms as selectRooms} from '@madang/database/rooms/rooms';
import {ChatError} from '@madang/protocol/errors';
import type {ListRoomsInput, ListRoomsResult} from '@madang/protocol/rooms';
import type {Handler, SignedInContext} from '../context.ts';
import {requireScope} from '../calls/scopes.ts';
import {withExternalId} from './external-ids.ts';
import {withOnline} from './online.ts';
import type {RoomsNeeds} from './needs.ts';

/** Lists the tenant's open public rooms, newest first; for its services with `all`, every room of the tenant. */
export const listRooms: Handler<SignedInContext<RoomsNeeds>, ListRoomsInput, ListRoomsResult> = async (
  ctx,
  input,
) => {
  if (input.all) return listAll(ctx, input);
  const {rooms, next} = await selectRooms(ctx.node.db, {...input, tenantId: ctx.caller.tenantId});
  return {rooms: await withOnline(ctx.node, rooms), next};
};

async function listAll(
  {node, caller}: SignedInContext<RoomsNeeds>,
  {type, member, externalIds, archived, closed, after, limit}: ListRoomsInput,
): Promise<ListRoomsResult> {
  if (!caller.key) throw new ChatError('forbidden', {message: 'all: only a service may ask for all rooms.'});
  requireScope(caller, 'read');
  const {tenantId} = caller;
  const memberId = member && (await resolveUser(node.db, tenantId, member));
  const filter = {type, memberId, externalIds, archived, closed};
  const {rooms, next} = await listAllRooms(node.db, {tenantId, filter, after, limit});
  const counted = await withOnline(
    node,
    rooms.map(({room}) => room),
  );
  return {
    rooms: counted.map((room, index) => withExternalId(caller, room, rooms[index]!.externalId ?? undefined)),
    next,
  };
}
