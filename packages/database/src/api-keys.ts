import type {User} from '@madang/protocol/users';
import {newId} from './ids.ts';
import {call, type Database} from './pool.ts';
import {hashOfSecret, newSecret} from './secrets.ts';
import {nameKey} from './users.ts';

export const keyPrefix = 'mdk_';
const hintChars = keyPrefix.length + 4;
/** Services are told from people by their kind, not by their colour. */
const serviceColor = '#5b6b7b';

/** Who a key stands for. */
export type KeyHolder = {user: User; tenantId: string; sessionEpoch: number};

const createKey = {
  name: 'create_api_key',
  text: 'select create_api_key($1, $2, $3, $4, $5, $6, $7, $8, $9) as answer',
};

/**
 * Gives a tenant's service a new key, and makes the service when it is new. The key is in the answer and nowhere else.
 * Throws `conflict` when an account has the service's name.
 */
export async function addApiKey(
  db: Database,
  {tenantId, service, operator}: {tenantId: string; service: string; operator?: string},
): Promise<{id: string; key: string; user: User}> {
  const [id, key] = [newId(), newSecret(keyPrefix)];
  const hint = key.slice(0, hintChars);
  const values = [
    id,
    tenantId,
    newId(),
    service,
    nameKey(service),
    serviceColor,
    hashOfSecret(key),
    hint,
    operator,
  ];
  const {user} = await call<{user: User}>(db, createKey, values);
  return {id, key, user};
}

const revokeKey = {name: 'revoke_api_key', text: 'select revoke_api_key($1, $2) as answer'};

/** Ends a key for ever, with every connection that it opened. False when it had been revoked before. */
export async function revokeApiKey(
  db: Database,
  {id, operator}: {id: string; operator?: string},
): Promise<boolean> {
  const {revoked} = await call<{revoked: boolean}>(db, revokeKey, [id, operator]);
  return revoked;
}

const findHolder = {
  name: 'find_key_holder',
  text: `
    select wire_user(u) as user, u.tenant_id as "tenantId", u.session_epoch as "sessionEpoch"
    from api_keys k join users u on u.id = k.user_id
    where k.hash = $1 and k.revoked_at is null and u.disabled_at is null and u.deleted_at is null`,
};

/** Finds the service whose key has this hash; undefined when there is none, or it was revoked. */
export async function findKeyHolder(
  db: Database,
  {keyHash}: {keyHash: string},
): Promise<KeyHolder | undefined> {
  const [holder] = await db.query<KeyHolder>(findHolder, [keyHash]);
  return holder;
}
