import {listUsers as readUsers, listUsersAmong} from '@madang/database/users/directory';
import type {ListUsersInput, ListUsersResult, User} from '@madang/protocol/users';
import {tenantPlace} from '@madang/redis/occupancy';
import type {Handler, SignedInContext} from '../context.ts';
import type {UsersNeeds} from './needs.ts';

/**
 * Lists the tenant's users by name, each with whether it is online now. With `online`, pages are cut before the names
 * are looked at: one may be short, and only a missing `next` ends the list. Services are shown to services alone.
 */
export const listUsers: Handler<SignedInContext<UsersNeeds>, ListUsersInput, ListUsersResult> = async (
  ctx,
  input,
) => {
  const {node, caller} = ctx;
  const {online, query, after, limit} = input;
  const {tenantId} = caller;
  const isService = caller.key !== undefined;
  const place = tenantPlace(tenantId);
  if (online) {
    const page = await node.occupancy.listOnline(place, {after, limit});
    const users = await listUsersAmong(node.db, {tenantId, query, isService}, page.userIds);
    return {users: users.map((user): User => ({...user, online: true})), next: page.next};
  }
  const {users, next} = await readUsers(node.db, {tenantId, query, after, limit, isService});
  const areOnline = await node.occupancy.areOnline(
    place,
    users.map(({id}) => id),
  );
  const marked = users.map((user, index): User => ({...user, online: areOnline[index] ?? false}));
  return {users: online === false ? marked.filter((user) => !user.online) : marked, next};
};
