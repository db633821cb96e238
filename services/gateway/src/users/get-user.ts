import {resolveUser} from '@madang/database/users/user-refs';
import {getUser as readUser} from '@madang/database/users/users';
import type {UserRefInput, UserResult} from '@madang/protocol/users';
import type {Handler, SignedInContext} from '../context.ts';
import type {UsersNeeds} from './needs.ts';

/** Returns a user of the tenant, of any kind, including disabled users. */
export const getUser: Handler<SignedInContext<UsersNeeds>, UserRefInput, UserResult> = async (
  {node, tenantId},
  input,
) => {
  const userId = await resolveUser(node.db, tenantId, input.user);
  const {user} = await readUser(node.db, {tenantId, userId});
  return {user};
};
