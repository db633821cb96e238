import {putUser as storeUser} from '@madang/database/users/external-users';
import type {PutUserInput, UserResult} from '@madang/protocol/users';
import type {Handler, SignedInContext} from '../context.ts';
import {colorOf} from './color.ts';
import type {UsersNeeds} from './needs.ts';

/**
 * Creates or updates the user that the product knows by its own id. A product may call it at every sign-in, since
 * repeating it changes nothing.
 */
export const putUser: Handler<SignedInContext<UsersNeeds>, PutUserInput, UserResult> = async (
  {node, tenantId},
  {user: externalId, ...profile},
) => {
  const defaultColor = colorOf(externalId);
  const {user, changed} = await storeUser(node.db, {...profile, externalId, tenantId, defaultColor});
  if (changed) node.broadcast.signal({kind: 'user', userId: user.id});
  return {user};
};
