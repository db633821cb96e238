import type {EmptyInput} from '@madang/protocol/presence';
import type {ListSessionsResult} from '@madang/protocol/users';
import type {Handler, PersonContext} from '../context.ts';
import type {UsersNeeds} from './needs.ts';
import {sessionOf} from './session-of.ts';

/** Lists the sessions of the caller, so that they can find and end one that they do not know. */
export const listSessions: Handler<PersonContext<UsersNeeds>, EmptyInput, ListSessionsResult> = async (
  ctx,
) => ({
  sessions: await sessionOf(ctx).list(ctx.caller.user.id),
});
