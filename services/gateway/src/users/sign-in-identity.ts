import {randomInt} from 'node:crypto';
import {signInIdentity as findOrInsert, type ProviderIdentity} from '@madang/database/access/identities';
import type {StoredUser} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import {displayName, username} from '@madang/protocol/fields';
import {limits} from '@madang/protocol/limits';
import {afterCommit} from '../calls/after-commit.ts';
import type {SessionControl} from '../identity/session-control.ts';
import {colorOf} from './color.ts';
import type {UsersNeeds} from './needs.ts';
import {reservedNames} from './reserved-names.ts';

/** What a provider reports about the user who signed in; the names are the provider's and may be invalid here. */
export type Profile = ProviderIdentity & {provider: 'github'; login: string; name?: string | null};

const attempts = 10;
/** A longer login could not be stored anyway. */
const longestLogin = 200;

/**
 * Signs in the account of an identity. The first sign-in makes the account, under the provider's name for the user or,
 * if that is taken or reserved, with a number appended. So an identity never gets access to another account through its
 * name.
 */
export async function signInIdentity(
  {node, tenantId}: {node: Pick<UsersNeeds, 'db' | 'tenants' | 'config'>; tenantId: string},
  session: SessionControl,
  {provider, subject, login, name}: Profile,
): Promise<void> {
  await session.prepare('cookie');
  const isReserved = await reservedNames({node, tenantId});
  const shown = displayName.safeParse(name).data;
  const account = {
    tenantId,
    displayName: shown !== undefined && isReserved(shown) ? undefined : shown,
    color: colorOf(session.seed),
  };
  const free = namesOf(login, provider).filter((candidate) => !isReserved(candidate));
  const stored = await tryNames(free, (candidate) =>
    findOrInsert(node.db, {provider, subject}, {...account, name: candidate}),
  );
  if (stored.disabledAt) throw new ChatError('forbidden', {message: 'This account is disabled.'});
  await afterCommit(session.signIn(stored, provider));
}

async function tryNames(
  names: Iterable<string>,
  insert: (name: string) => Promise<StoredUser>,
): Promise<StoredUser> {
  let taken: unknown;
  for (const name of names) {
    try {
      return await insert(name);
    } catch (error) {
      if (!(error instanceof ChatError) || error.code !== 'conflict') throw error;
      taken = error;
    }
  }
  throw taken;
}

/** `octocat`, `octocat-2`, `octocat-3`, …, and at last a name that nobody will have. */
export function* namesOf(login: string, provider: string): Generator<string> {
  const room = limits.usernameChars - '-999999'.length;
  const fitting = login
    .slice(0, longestLogin)
    .normalize('NFC')
    .replaceAll(/[^\p{L}\p{M}\p{N}_.-]/gu, '');
  const isUsable = username.safeParse(fitting.slice(0, room)).success;
  const base = isUsable ? fitting.slice(0, room) : `${provider}-user`;
  if (isUsable) yield username.safeParse(fitting).data ?? base;
  for (let no = 2; no < attempts; no += 1) yield `${base}-${no}`;
  yield `${base}-${randomInt(100_000, 1_000_000)}`;
}
