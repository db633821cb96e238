import {issueTicket} from '@madang/database/tickets';
import type {CreateTicketInput, TicketResult} from '@madang/protocol/users';
import type {Handler, SignedInContext} from '../context.ts';

/** Makes a ticket that signs the product's user in: once, within a minute, in the service's tenant. */
export const createTicket: Handler<SignedInContext, CreateTicketInput, TicketResult> = async (
  {node, caller},
  {userId},
) => {
  const {tenantId, sessionHash: keyHash} = caller;
  return {ticket: await issueTicket(node.db, {keyHash, tenantId, userId})};
};
