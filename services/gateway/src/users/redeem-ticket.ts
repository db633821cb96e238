import {redeemTicket as useUp} from '@madang/database/access/tickets';
import {ChatError} from '@madang/protocol/errors';
import type {RedeemTicketInput, RedeemTicketResult} from '@madang/protocol/users';
import {afterCommit} from '../calls/after-commit.ts';
import type {Context, Handler} from '../context.ts';
import type {SigningIn} from '../identity/session-control.ts';
import {noteFailedSignIn} from '../audit/sign-in-audit.ts';
import {sessionOf} from './session-of.ts';
import type {UsersNeeds} from './needs.ts';

/**
 * Signs in the user of a ticket, with a cookie or, if requested, with a token instead. The first try uses the ticket
 * up, even if the sign-in fails afterwards: then the product makes another.
 */
export const redeemTicket: Handler<Context<UsersNeeds>, RedeemTicketInput, RedeemTicketResult> = async (
  ctx,
  {ticket, token: byToken = false},
) => {
  const session = sessionOf(ctx);
  await session.prepare(byToken ? 'token' : 'cookie');
  const stored = await accept(ctx, ticket);
  if (byToken) return {user: stored.user, token: await afterCommit(session.signInByToken(stored, 'ticket'))};
  await afterCommit(session.signIn(stored, 'ticket'));
  return {user: stored.user};
};

async function accept({node, ...call}: Context<UsersNeeds>, ticket: string): Promise<SigningIn> {
  const {tenantId, address, requestId} = call;
  let userId: string | undefined;
  try {
    const stored = await useUp(node.db, {ticket, tenantId});
    userId = stored.user.id;
    if (stored.disabledAt) throw new ChatError('forbidden', {message: 'This account is disabled.'});
    return stored;
  } catch (error) {
    const isRefusal = error instanceof ChatError && ['unauthenticated', 'forbidden'].includes(error.code);
    const by = 'ticket';
    if (isRefusal)
      noteFailedSignIn(node.audit, {tenantId, address, requestId}, {reason: error.code, userId, by});
    throw error;
  }
}
