import {newId} from '../ids.ts';
import {writeUserKeys} from '../names/name-keys.ts';
import {call, type Database} from '../connections/pool.ts';
import {nameKey, type StoredUser} from '../users/users.ts';

/** A user's identity at a provider; `subject` never changes there and is never given to another user. */
export type ProviderIdentity = {provider: string; subject: string};

const signInStatement = {
  name: 'sign_in_identity',
  text: 'select sign_in_identity($1, $2, $3, $4, $5, $6, $7, $8, $9) as answer',
};

/**
 * Finds the account of an identity, whatever its name. If there is none, makes one with the given name, as a member of
 * the default rooms. Throws `conflict` if that name is taken.
 */
export async function signInIdentity(
  db: Database,
  {provider, subject}: ProviderIdentity,
  account: {tenantId: string; name: string; displayName?: string; color: string},
): Promise<StoredUser> {
  const {tenantId, name, displayName, color} = account;
  const shownKey = nameKey(displayName ?? name);
  const id = newId();
  const stored = await call<StoredUser>(db, signInStatement, [
    id,
    tenantId,
    provider,
    subject,
    name,
    nameKey(name),
    displayName,
    shownKey,
    color,
  ]);
  if (stored.user.id === id) await writeUserKeys(db, tenantId, stored.user);
  return stored;
}
