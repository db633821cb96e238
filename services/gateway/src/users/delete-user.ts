import {deletePerson} from '@madang/database/users/administration';
import type {DeleteUserRefInput, DeleteUserRefResult} from '@madang/protocol/users';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {UsersNeeds} from './needs.ts';
import {sessionOf} from './session-of.ts';

/** Deletes a user: sessions and connections end at once, and the worker erases the rest within a minute. */
export const deleteUser: Handler<
  SignedInContext<UsersNeeds>,
  DeleteUserRefInput,
  DeleteUserRefResult
> = async (ctx, {user: ref, messages}) => {
  const {node, tenantId, caller} = ctx;
  const deletion = await deletePerson(node.db, {tenantId, ref, actorId: actorOf(caller).id, messages}, ctx);
  node.broadcast.signal({kind: 'user', userId: deletion.userId});
  sessionOf(ctx).forgetList(deletion.userId);
  return deletion;
};
