import type {EmptyInput} from '@madang/protocol/presence';
import type {LogoutInput} from '@madang/protocol/users';
import type {Context, Handler} from '../context.ts';
import {sessionOf} from './session-of.ts';
import type {UsersNeeds} from './needs.ts';

/** Ends the caller's session, or all of the user's, and every connection of those sessions, on every node. */
export const logOut: Handler<Context<UsersNeeds>, LogoutInput, EmptyInput> = async (
  ctx,
  {everywhere = false},
) => {
  ctx.node.crashPoint('before_sign_out');
  await sessionOf(ctx).signOut({everywhere});
  ctx.node.crashPoint('after_sign_out_before_ack');
  return {};
};
