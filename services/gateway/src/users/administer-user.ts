import {
  disablePerson,
  enablePerson,
  signOutPerson,
  type Administer,
} from '@madang/database/users/administration';
import {resolveUser} from '@madang/database/users/user-refs';
import type {UserRefInput, UserResult} from '@madang/protocol/users';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {UsersNeeds} from './needs.ts';

type AdministerUser = Handler<SignedInContext<UsersNeeds>, UserRefInput, UserResult>;

/** Disables a user: connections end on every node within 2 s, and no sign-in succeeds until the user is enabled. */
export const disableUser = administering(disablePerson);
/** Lets a disabled user sign in again. */
export const enableUser = administering(enablePerson);
/** Ends all sessions of a user, and the connections of those sessions. */
export const signOutUser = administering(signOutPerson);

function administering(administer: Administer): AdministerUser {
  return async (ctx, input) => {
    const {node, tenantId, caller} = ctx;
    const userId = await resolveUser(node.db, tenantId, input.user);
    const user = await administer(node.db, {tenantId, userId, actorId: actorOf(caller).id}, ctx);
    node.broadcast.signal({kind: 'user', userId});
    return {user};
  };
}
