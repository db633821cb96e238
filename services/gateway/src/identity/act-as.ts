/**
 * `Madang-As-User`: a product's server calls as one of its users. Writes, memberships, bans and mutes are the user's;
 * the key keeps its own scopes.
 */
import type {Database} from '@madang/database/connections/pool';
import {resolveUser} from '@madang/database/users/user-refs';
import {getUser} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import {userRef, type UserRef} from '@madang/protocol/user-refs';
import type {AuditTrail} from '../audit/audit-trail.ts';
import type {Caller, Context} from '../context.ts';
import {noteActing} from '../audit/sign-in-audit.ts';

export const asUserHeader = 'madang-as-user';

type ActingNeeds = {db: Database; audit: AuditTrail};

/**
 * Returns the same call by the user whom the header names. Does not check the key, whose scopes were checked before.
 * Throws `not_found` for a user whom the tenant does not have, and `forbidden` for a service or a disabled user.
 */
export async function actAs<Node extends ActingNeeds>(
  ctx: Context<Node>,
  operation: string,
): Promise<Context<Node>> {
  const {caller, asUser, node, address, requestId} = ctx;
  if (asUser === undefined) return ctx;
  if (!caller) throw new ChatError('unauthenticated');
  const user = await findUser(node.db, caller, readRef(asUser));
  noteActing(node.audit, caller, {address, requestId}, {userId: user.id, operation});
  return {...ctx, caller: {...caller, user, service: caller.user}};
}

async function findUser(db: Database, {tenantId}: Caller, ref: UserRef) {
  const userId = await resolveUser(db, tenantId, ref);
  const {user, disabledAt} = await getUser(db, {tenantId, userId});
  if (user.kind === 'service') {
    throw new ChatError('forbidden', {message: 'Madang-As-User must name a person, not a service.'});
  }
  if (disabledAt) throw new ChatError('forbidden', {message: 'Madang-As-User: this user is disabled.'});
  return user;
}

/** Percent-encoded, as in a path: a header cannot carry every id otherwise. */
function readRef(given: string): UserRef {
  try {
    return userRef.parse(decodeURIComponent(given));
  } catch (cause) {
    const message = "Madang-As-User: give the product's own id, percent-encoded, or id: and Madang's.";
    throw new ChatError('invalid', {message, cause});
  }
}
