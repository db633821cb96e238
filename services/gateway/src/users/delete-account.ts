import {deleteUser} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import type {EmptyInput} from '@madang/protocol/presence';
import type {DeleteUserInput} from '@madang/protocol/users';
import type {Handler, PersonContext} from '../context.ts';
import {hasPassword, requireOwnPassword} from './check-password.ts';
import {sessionOf} from './session-of.ts';
import type {UsersNeeds} from './needs.ts';

/**
 * Deletes the caller, whose sessions and connections end everywhere. An account must give its password. Guests, and
 * accounts that sign in with a provider, have none. The worker ends the memberships and blanks the messages.
 */
export const deleteAccount: Handler<PersonContext<UsersNeeds>, DeleteUserInput, EmptyInput> = async (
  ctx,
  {password},
) => {
  const {node, caller} = ctx;
  const userId = caller.user.id;
  if (await hasPassword(ctx)) {
    if (password === undefined) throw new ChatError('wrong_password');
    await requireOwnPassword(ctx, password);
  }
  await deleteUser(node.db, {userId}, ctx);
  node.broadcast.signal({kind: 'user', userId});
  const session = sessionOf(ctx);
  session.forgetList(userId);
  session.forgetCookie();
  return {};
};
