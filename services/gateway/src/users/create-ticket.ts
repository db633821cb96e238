import {issueTicket} from '@madang/database/access/tickets';
import type {CreateTicketInput, TicketResult} from '@madang/protocol/users';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import {noteTicket} from '../audit/sign-in-audit.ts';
import type {UsersNeeds} from './needs.ts';

/** Makes a ticket that signs in a user of the product: once, within a minute, in the service's tenant. */
export const createTicket: Handler<SignedInContext<UsersNeeds>, CreateTicketInput, TicketResult> = async (
  {node, caller, address, requestId},
  {userId},
) => {
  const {tenantId, sessionHash: keyHash} = caller;
  const ticket = await issueTicket(node.db, {keyHash, tenantId, userId});
  noteTicket(node.audit, {tenantId, address, requestId}, {actorId: actorOf(caller).id, userId});
  return {ticket};
};
