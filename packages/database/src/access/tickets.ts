import {call, type Database} from '../connections/pool.ts';
import {hashOfSecret, newSecret} from './secrets.ts';
import type {StoredUser} from '../users/users.ts';

const ticketPrefix = 'mdt_';
const lifeMs = 60_000;

const issue = {name: 'issue_ticket', text: 'select issue_ticket($1, $2, $3, $4, $5) as answer'};

/**
 * Makes a ticket, which signs an account in once, within a minute, while the key with this hash is valid. Throws
 * `not_found` if the tenant has no such user, and `forbidden` for guests, services and disabled users.
 */
export async function issueTicket(
  db: Database,
  {keyHash, tenantId, userId}: {keyHash: string; tenantId: string; userId: string},
): Promise<string> {
  const ticket = newSecret(ticketPrefix);
  await call(db, issue, [hashOfSecret(ticket), keyHash, tenantId, userId, lifeMs]);
  return ticket;
}

const redeem = {name: 'redeem_ticket', text: 'select redeem_ticket($1, $2) as answer'};

/**
 * Uses up a ticket, even if it throws. Returns the user whom the ticket signs in, and the key that made it. Throws
 * `unauthenticated` if the ticket was used, has expired, belongs to another tenant or never existed.
 */
export function redeemTicket(
  db: Database,
  {ticket, tenantId}: {ticket: string; tenantId: string},
): Promise<StoredUser & {keyId: string}> {
  return call(db, redeem, [hashOfSecret(ticket), tenantId]);
}
