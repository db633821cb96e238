import {listUsersAmong} from '@madang/database/users/directory';
import {limits} from '@madang/protocol/limits';
import type {GetUsersInput, GetUsersResult} from '@madang/protocol/users';
import type {Handler, SignedInContext} from '../context.ts';
import {markOnline} from './mark-online.ts';
import type {UsersNeeds} from './needs.ts';

/**
 * Looks up users whom the caller meets, or any where the tenant has a directory; leaves out all others. A service gets
 * complete users.
 */
export const getUsers: Handler<SignedInContext<UsersNeeds>, GetUsersInput, GetUsersResult> = async (
  ctx,
  {userIds},
) => {
  const {node, caller} = ctx;
  const isService = caller.key !== undefined;
  const isFree = isService || (await node.tenants.get(caller.tenantId)).policy.people.directory;
  const page = {tenantId: caller.tenantId, limit: limits.usersPerGet, isService};
  const metBy = isFree ? undefined : caller.user.id;
  const {users} = await listUsersAmong(node.db, page, {ids: userIds, metBy});
  return {users: await markOnline(ctx, users)};
};
