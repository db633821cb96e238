/**
 * Comparing passwords, with a bound on guessing: ten wrong ones in fifteen minutes per account and address.
 *
 * The address is part of it so that nobody can lock a person out from elsewhere.
 */
import {findUserByName, getUser, nameKey, type StoredUser} from '@madang/database/users';
import {ChatError} from '@madang/protocol/errors';
import type {Node, SignedInContext} from '../context.ts';
import type {HashedFor} from '../passwords.ts';

const wrongPasswords = {name: 'wrong-passwords', points: 10, perMs: 15 * 60_000};

export type Login = {tenantId: string; address: string; username: string; password: string};

/** The account of that name; `wrong_password`, after the same time, whether the name or the password is wrong. */
export async function verifyAccount(
  node: Node,
  {tenantId, address, username, password}: Login,
): Promise<StoredUser> {
  const name = username.trim();
  const found = await findUserByName(node.db, {tenantId, name});
  const whom = found?.user.id ?? `${tenantId}:${nameKey(name)}`;
  await node.limits.guard(wrongPasswords, `${whom}:${address}`, () =>
    compare(node, password, found?.passwordHash, {lane: 'signIn', address}),
  );
  if (!found) throw new ChatError('wrong_password');
  if (found.disabledAt) throw new ChatError('forbidden', {message: 'This account is disabled.'});
  return found;
}

/** Throws `wrong_password` unless it is the caller's own. Guests and services have none: `forbidden`. */
export async function requireOwnPassword(
  {node, address, caller}: SignedInContext,
  password: string,
): Promise<void> {
  const {tenantId, user} = caller;
  if (user.kind !== 'account') throw new ChatError('forbidden', {message: 'Only accounts have a password.'});
  const {passwordHash} = await getUser(node.db, {tenantId, userId: user.id});
  await node.limits.guard(wrongPasswords, `${user.id}:${address}`, () =>
    compare(node, password, passwordHash, {lane: 'account', address, userId: user.id}),
  );
}

/** Whether the caller can be asked for one. */
export async function hasPassword({node, caller}: SignedInContext): Promise<boolean> {
  const {tenantId, user} = caller;
  if (user.kind !== 'account') return false;
  const {passwordHash} = await getUser(node.db, {tenantId, userId: user.id});
  return passwordHash !== undefined;
}

async function compare(
  node: Node,
  password: string,
  passwordHash: string | undefined,
  hashedFor: HashedFor,
): Promise<void> {
  if (!(await node.passwords.verify(password, passwordHash, hashedFor)))
    throw new ChatError('wrong_password');
}
