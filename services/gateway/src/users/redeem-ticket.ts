import {redeemTicket as useUp} from '@madang/database/tickets';
import {ChatError} from '@madang/protocol/errors';
import type {RedeemTicketInput, RedeemTicketResult} from '@madang/protocol/users';
import type {Context, Handler} from '../context.ts';
import {sessionOf} from './session-of.ts';

/**
 * Signs in whom a ticket was made for, by cookie or by a token of which no cookie is set. The ticket is used up by the
 * first try, also where the sign-in fails after that: then the product makes another.
 */
export const redeemTicket: Handler<Context, RedeemTicketInput, RedeemTicketResult> = async (
  ctx,
  {ticket, token: byToken = false},
) => {
  const {node, tenantId} = ctx;
  const session = sessionOf(ctx);
  await session.prepare(byToken ? 'token' : 'cookie');
  const stored = await useUp(node.db, {ticket, tenantId});
  if (stored.disabledAt) throw new ChatError('forbidden', {message: 'This account is disabled.'});
  if (byToken) return {user: stored.user, token: await session.signInByToken(stored)};
  await session.signIn(stored);
  return {user: stored.user};
};
