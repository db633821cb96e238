import {getUser, updateUser as storeUser} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import type {UpdateUserInput, UserResult} from '@madang/protocol/users';
import type {Handler, SignedInContext} from '../context.ts';
import {hashedBy} from '../identity/passwords.ts';
import {requireOwnPassword} from './check-password.ts';
import {requireGoodPassword} from './new-password.ts';
import {refuseReservedNames} from './reserved-names.ts';
import type {UsersNeeds} from './needs.ts';

/**
 * Changes the caller's profile, password or both. A new password ends every session but the calling one.
 *
 * All checks and the hash come first, then one transaction: a refused call has changed nothing.
 */
export const updateUser: Handler<SignedInContext<UsersNeeds>, UpdateUserInput, UserResult> = async (
  ctx,
  input,
) => {
  const {node, caller} = ctx;
  const {password, ...profile} = input;
  const userId = caller.user.id;
  if (profile.displayName !== undefined) {
    await requireRenaming(ctx);
    await refuseReservedNames(ctx, profile.displayName);
  }
  if (password) {
    requireGoodPassword(password.next, caller.user.name);
    await requireOwnPassword(ctx, password.current);
  }
  const hashedFor = {lane: 'account', ...hashedBy(ctx)} as const;
  const passwordHash = password && (await node.passwords.hash(password.next, hashedFor));
  const key = {tenantId: caller.tenantId, userId};
  if (!passwordHash && Object.keys(profile).length === 0) return {user: (await getUser(node.db, key)).user};
  const user = await storeUser(
    node.db,
    {...key, ...profile, passwordHash, keepSessionHash: caller.sessionHash},
    ctx,
  );
  node.broadcast.signal({kind: 'user', userId});
  if (Object.keys(profile).length > 0) node.presence.changed(caller.tenantId, userId);
  return {user};
};

/** If the policy leaves names to the product, only its services may change them. */
async function requireRenaming({node, caller}: SignedInContext<UsersNeeds>): Promise<void> {
  const {people} = (await node.tenants.get(caller.tenantId)).policy;
  const isOfService = caller.user.kind === 'service' || caller.service !== undefined;
  if (people.rename === 'anyone' || isOfService) return;
  throw new ChatError('forbidden', {
    message: 'The product sets the names here. Change yours there.',
    details: {grant: 'rename'},
  });
}
