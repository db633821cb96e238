/** Compares passwords: the only place where a sign-in by name and password succeeds or fails. */
import {findUserByName, getUser, nameKey, type StoredUser} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import type {SignedInContext} from '../context.ts';
import {guessAccount, guessOwn} from '../identity/guesses.ts';
import type {HashedFor} from '../identity/passwords.ts';
import type {UsersNeeds} from './needs.ts';

type PasswordNeeds = Pick<UsersNeeds, 'db' | 'limits' | 'passwords'>;

export type Login = {
  tenantId: string;
  address: string;
  username: string;
  password: string;
  /** The id of the device that signs in, if it is one of that account's. */
  deviceOf(userId: string): string | undefined;
};

/** The account of that name; `wrong_password`, after the same time, whether the name or the password is wrong. */
export async function verifyAccount(
  node: PasswordNeeds,
  {tenantId, address, username, password, deviceOf}: Login,
): Promise<StoredUser> {
  const name = username.trim();
  const found = await findUserByName(node.db, {tenantId, name});
  const whom = found?.user.id ?? `${tenantId}:${nameKey(name)}`;
  const guess = {whom, address, device: found && deviceOf(found.user.id)};
  await guessAccount(node.limits, guess, () =>
    compare(node, password, found?.passwordHash, {lane: 'signIn', tenant: tenantId, address}),
  );
  if (!found) throw new ChatError('wrong_password');
  if (found.disabledAt) throw new ChatError('forbidden', {message: 'This account is disabled.'});
  return found;
}

/** Throws `wrong_password` unless it is the caller's own password. Guests and services have none: `forbidden`. */
export async function requireOwnPassword(
  {node, address, caller}: SignedInContext<UsersNeeds>,
  password: string,
): Promise<void> {
  const {tenantId, user} = caller;
  if (user.kind !== 'account') throw new ChatError('forbidden', {message: 'Only accounts have a password.'});
  const {passwordHash} = await getUser(node.db, {tenantId, userId: user.id});
  await guessOwn(node.limits, {whom: user.id, address, device: caller.sessionHash}, () =>
    compare(node, password, passwordHash, {lane: 'account', tenant: tenantId, address, userId: user.id}),
  );
}

/** Whether the caller has a password that can be asked for. */
export async function hasPassword({node, caller}: SignedInContext<UsersNeeds>): Promise<boolean> {
  const {tenantId, user} = caller;
  if (user.kind !== 'account') return false;
  const {passwordHash} = await getUser(node.db, {tenantId, userId: user.id});
  return passwordHash !== undefined;
}

async function compare(
  {passwords}: PasswordNeeds,
  password: string,
  passwordHash: string | undefined,
  hashedFor: HashedFor,
): Promise<void> {
  if (!(await passwords.verify(password, passwordHash, hashedFor))) throw new ChatError('wrong_password');
}
