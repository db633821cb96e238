import {insertAccount, keepGuest, type StoredUser} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import type {RegisterInput, User, UserResult} from '@madang/protocol/users';
import {afterCommit} from '../calls/after-commit.ts';
import type {Context, Handler} from '../context.ts';
import {hashedBy} from '../identity/passwords.ts';
import {colorOf} from './color.ts';
import {requireGoodPassword} from './new-password.ts';
import {refuseReservedNames} from './reserved-names.ts';
import {sessionOf} from './session-of.ts';
import type {UsersNeeds} from './needs.ts';

/**
 * Makes an account, which is a member of the tenant's default rooms from the start, and signs it in. With `keep`, the
 * calling guest becomes it. `conflict` if a name is taken or reserved, or looks like one; `forbidden` if the tenant allows
 * no registration. If the sign-in then fails, the account exists and its owner can log in.
 */
export const registerAccount: Handler<Context<UsersNeeds>, RegisterInput, UserResult> = async (
  ctx,
  {username, password, displayName, keep = false},
) => {
  const session = sessionOf(ctx);
  const {policy} = await ctx.node.tenants.get(ctx.tenantId);
  if (!policy.signIn.register) throw new ChatError('forbidden', {message: 'Registration is closed here.'});
  requireGoodPassword(password, username);
  await refuseReservedNames(ctx, username, displayName);
  await session.prepare('cookie');
  const guest = keep ? await session.guest() : undefined;
  const passwordHash = await ctx.node.passwords.hash(password, {lane: 'account', ...hashedBy(ctx)});
  const account = {tenantId: ctx.tenantId, name: username, passwordHash, displayName};
  const stored = guest
    ? await becomeAccount(ctx, guest, account)
    : await insertAccount(ctx.node.db, {...account, color: colorOf(session.seed)});
  await afterCommit(session.signIn(stored, 'registration'));
  return {user: stored.user};
};

async function becomeAccount(
  {node}: Context<UsersNeeds>,
  {id: userId}: User,
  account: Omit<Parameters<typeof keepGuest>[1], 'userId'>,
): Promise<StoredUser> {
  const stored = await keepGuest(node.db, {...account, userId});
  node.broadcast.signal({kind: 'user', userId});
  node.presence.changed(account.tenantId, userId);
  return stored;
}
