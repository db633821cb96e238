import {putUsers as storeUsers} from '@madang/database/users/external-users';
import type {PutUsersInput, PutUsersResult} from '@madang/protocol/users';
import type {Handler, SignedInContext} from '../context.ts';
import {colorOf} from './color.ts';
import type {UsersNeeds} from './needs.ts';

/** Creates or updates many users that the product knows by its own ids, all or none. A repeat changes nothing. */
export const putUsers: Handler<SignedInContext<UsersNeeds>, PutUsersInput, PutUsersResult> = async (
  {node, tenantId},
  {users},
) => {
  const coloured = users.map((user) => ({...user, defaultColor: colorOf(user.externalId)}));
  const results = await storeUsers(node.db, tenantId, coloured);
  for (const {user, changed} of results) {
    if (changed) node.broadcast.signal({kind: 'user', userId: user.id});
  }
  return {results: results.map(({user}) => ({user}))};
};
