import {scopes as allScopes, defaultScopes, type Key, type Scope} from '@madang/protocol/keys';
import {limits} from '@madang/protocol/limits';
import type {User} from '@madang/protocol/users';
import {newId} from '../ids.ts';
import {writeUserKeys} from '../names/name-keys.ts';
import {acting, actingValues, type Acting} from '../operator/audit.ts';
import {call, type Database} from '../connections/pool.ts';
import {hashOfSecret, newSecret} from './secrets.ts';
import {nameKey} from '../users/users.ts';

export const keyPrefix = 'mdk_';
const hintChars = keyPrefix.length + 4;
/** A service is recognised by its kind, not by its colour. */
const serviceColor = '#5b6b7b';

export type NewKey = {
  /** The name under which the server acts. */
  service: string;
  scopes?: readonly Scope[];
  expiresAt?: string;
  /** The id of the service's key that expires when the overlap ends. */
  replaces?: string;
  overlapSeconds?: number;
};
type AddedKey = {key: Key; user: User};

const addKey = {
  name: 'add_key',
  text: 'select add_key($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) as answer',
};

/**
 * Gives a tenant's service a new key, and makes the service if it is new. Only this answer contains the secret. Throws
 * `conflict` if an account has the service's name, or if the key to replace was revoked or belongs to another service.
 */
export async function addApiKey(
  db: Database,
  {tenantId, ...given}: NewKey & {tenantId: string},
): Promise<{id: string; key: string; user: User; stored: Key}> {
  const {secret, id, ...made} = makeKey(given);
  const {service, hash, rest} = made;
  const {user, key} = await call<AddedKey>(db, addKey, [id, tenantId, ...service, ...hash, ...rest]);
  await writeUserKeys(db, tenantId, user);
  return {id, key: secret, user, stored: key};
}

const addByKey = acting(
  {
    name: 'add_key_by_key',
    text: 'select add_key_by_key($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) as answer',
  },
  13,
);

/**
 * The same for the holder of a key, in its tenant. A key makes keys within its own scopes: throws `forbidden` with the
 * scope that the calling key lacks. A repeat makes another key.
 */
export async function addApiKeyByKey(
  db: Database,
  {keyHash, tenantId, ...given}: NewKey & {keyHash: string; tenantId: string},
  by: Acting,
): Promise<{key: Key; secret: string}> {
  const {secret, id, service, hash, rest} = makeKey(given);
  const values = [keyHash, id, ...service, ...hash, ...rest, ...actingValues(by)];
  const {user, key} = await call<AddedKey>(db, addByKey, values);
  await writeUserKeys(db, tenantId, user);
  return {key, secret};
}

function makeKey({service, scopes = defaultScopes, expiresAt, replaces, overlapSeconds = 0}: NewKey) {
  const secret = newSecret(keyPrefix);
  return {
    secret,
    id: newId(),
    service: [newId(), service, nameKey(service), serviceColor],
    hash: [hashOfSecret(secret), secret.slice(0, hintChars)],
    rest: [
      allScopes.filter((scope) => scopes.includes(scope)),
      expiresAt,
      replaces,
      overlapSeconds * 1_000,
      limits.keys,
    ],
  };
}

const revokeKey = {name: 'revoke_key', text: 'select revoke_key($1, $2) as answer'};

/**
 * Revokes a key permanently, and ends every connection that it opened. Unless `sessions` is false, also ends every
 * session that its tickets began. False if all of that had ended before.
 */
export async function revokeApiKey(
  db: Database,
  {id, sessions = true}: {id: string; sessions?: boolean},
): Promise<boolean> {
  const answer = await call<{revoked: boolean; sessions: boolean}>(db, revokeKey, [id, sessions]);
  return answer.revoked || answer.sessions;
}

const revokeByKey = acting(
  {name: 'revoke_key_by_key', text: 'select revoke_key_by_key($1, $2, $3) as answer'},
  3,
);

/** The same for the holder of a key with the scope `admin`, in its tenant. */
export async function revokeApiKeyByKey(
  db: Database,
  {keyHash, id, sessions}: {keyHash: string; id: string; sessions: boolean},
  by: Acting,
): Promise<{key: Key; isNews: boolean}> {
  const values = [keyHash, id, sessions, ...actingValues(by)];
  const answer = await call<{key: Key; revoked: boolean; sessions: boolean}>(db, revokeByKey, values);
  return {key: answer.key, isNews: answer.revoked || answer.sessions};
}
