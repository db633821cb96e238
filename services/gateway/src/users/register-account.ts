import {insertAccount} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import type {RegisterInput, UserResult} from '@madang/protocol/users';
import {afterCommit} from '../calls/after-commit.ts';
import type {Context, Handler} from '../context.ts';
import {hashedBy} from '../identity/passwords.ts';
import {colorOf} from './color.ts';
import {requireGoodPassword} from './new-password.ts';
import {refuseReservedNames} from './reserved-names.ts';
import {sessionOf} from './session-of.ts';
import type {UsersNeeds} from './needs.ts';

/**
 * Makes an account, which is a member of the tenant's default rooms from the start, and signs it in. `conflict` if a
 * name is taken or reserved, or looks like one; `forbidden` if the tenant allows no registration. If the sign-in then
 * fails, the account exists and its owner can log in.
 */
export const registerAccount: Handler<Context<UsersNeeds>, RegisterInput, UserResult> = async (
  ctx,
  input,
) => {
  const {username, password, displayName} = input;
  const session = sessionOf(ctx);
  const {policy} = await ctx.node.tenants.get(ctx.tenantId);
  if (!policy.signIn.register) throw new ChatError('forbidden', {message: 'Registration is closed here.'});
  requireGoodPassword(password, username);
  await refuseReservedNames(ctx, username, displayName);
  await session.prepare('cookie');
  const passwordHash = await ctx.node.passwords.hash(password, {lane: 'account', ...hashedBy(ctx)});
  const stored = await insertAccount(ctx.node.db, {
    tenantId: ctx.tenantId,
    name: username,
    passwordHash,
    displayName,
    color: colorOf(session.seed),
  });
  await afterCommit(session.signIn(stored, 'registration'));
  return {user: stored.user};
};
