import {readUsers} from '@madang/database/users/users';
import {limits} from '@madang/protocol/limits';
import type {EmptyInput, WatchPresenceResult} from '@madang/protocol/presence';
import {tenantPlace} from '@madang/redis/occupancy';
import type {Handler, SignedInContext} from '../context.ts';
import type {PresenceNeeds} from './needs.ts';

/** Returns who is connected in the tenant, and sends the connection `presence:changed` from now on. */
export const watchPresence: Handler<SignedInContext<PresenceNeeds>, EmptyInput, WatchPresenceResult> = async (
  ctx,
) => {
  const {node, caller, connection} = ctx;
  const {tenantId} = caller;
  const place = tenantPlace(tenantId);
  // Before the read, so that a change in between is sent twice instead of never.
  connection?.watch('presence');
  const [[online = 0], {userIds}] = await Promise.all([
    node.occupancy.online([place]),
    node.occupancy.listOnline(place, {limit: limits.presenceNamesMaxOnline}),
  ]);
  const users = await readUsers(node.db, {tenantId, userIds});
  const areAway = await node.occupancy.areAway(
    tenantId,
    users.map(({id}) => id),
  );
  return {
    online,
    users: users.map((user, index) => ({...user, online: true, ...(areAway[index] && {away: true})})),
  };
};
