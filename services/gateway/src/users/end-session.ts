import {ChatError} from '@madang/protocol/errors';
import type {EmptyInput} from '@madang/protocol/presence';
import type {EndSessionInput} from '@madang/protocol/users';
import type {Handler, PersonContext} from '../context.ts';
import type {UsersNeeds} from './needs.ts';
import {sessionOf} from './session-of.ts';

/** Ends one session of the caller, and every connection of it, on every node. */
export const endSession: Handler<PersonContext<UsersNeeds>, EndSessionInput, EmptyInput> = async (
  ctx,
  {id},
) => {
  if (!(await sessionOf(ctx).end(ctx.caller.user.id, id))) throw new ChatError('not_found');
  return {};
};
