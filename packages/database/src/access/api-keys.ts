import type {Scope} from '@madang/protocol/keys';
import type {User} from '@madang/protocol/users';
import {newId} from '../ids.ts';
import {writeUserKeys} from '../names/name-keys.ts';
import {call, type Database} from '../connections/pool.ts';
import {hashOfSecret, newSecret} from './secrets.ts';
import {nameKey} from '../users/users.ts';

export const keyPrefix = 'mdk_';
const hintChars = keyPrefix.length + 4;
/** A service is recognised by its kind, not by its colour. */
const serviceColor = '#5b6b7b';

/** Who a key stands for. */
export type KeyHolder = {
  user: User;
  tenantId: string;
  sessionEpoch: number;
  keyId: string;
  scopes: Scope[];
  expiresAt: string | null;
};

const createKey = {
  name: 'create_api_key',
  text: 'select create_api_key($1, $2, $3, $4, $5, $6, $7, $8) as answer',
};

/**
 * Gives a tenant's service a new key, and makes the service when it is new. The key is in the answer and nowhere else.
 * Throws `conflict` when an account has the service's name.
 */
export async function addApiKey(
  db: Database,
  {tenantId, service}: {tenantId: string; service: string},
): Promise<{id: string; key: string; user: User}> {
  const [id, key] = [newId(), newSecret(keyPrefix)];
  const hint = key.slice(0, hintChars);
  const values = [id, tenantId, newId(), service, nameKey(service), serviceColor, hashOfSecret(key), hint];
  const {user} = await call<{user: User}>(db, createKey, values);
  await writeUserKeys(db, tenantId, user);
  return {id, key, user};
}

const revokeKey = {name: 'revoke_api_key', text: 'select revoke_api_key($1) as answer'};

/** Revokes a key permanently, and ends every connection that it opened. False when it was revoked before. */
export async function revokeApiKey(db: Database, {id}: {id: string}): Promise<boolean> {
  const {revoked} = await call<{revoked: boolean}>(db, revokeKey, [id]);
  return revoked;
}

const findHolder = {
  name: 'find_key_holder',
  text: `
    select wire_user(u) as user, u.tenant_id as "tenantId", u.session_epoch as "sessionEpoch",
      k.id as "keyId", k.scopes, wire_time(k.expires_at) as "expiresAt"
    from api_keys k join users u on u.id = k.user_id
    where k.hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > clock_ms())
      and u.disabled_at is null and u.deleted_at is null`,
};

/** Finds the service whose key has this hash; undefined when there is none, it was revoked or has expired. */
export async function findKeyHolder(
  db: Database,
  {keyHash}: {keyHash: string},
): Promise<KeyHolder | undefined> {
  const [holder] = await db.query<KeyHolder>(findHolder, [keyHash]);
  return holder;
}

export type ListedKey = {
  id: string;
  tenant: string;
  service: string;
  /** The key's first characters. */
  hint: string;
  createdAt: string;
  revokedAt?: string;
};

const listKeys = {
  name: '',
  text: `
    select json_strip_nulls(json_build_object('id', k.id, 'tenant', t.name, 'service', u.name, 'hint', k.hint,
      'createdAt', wire_time(k.created_at), 'revokedAt', wire_time(k.revoked_at))) as key
    from api_keys k join tenants t on t.id = k.tenant_id join users u on u.id = k.user_id
    where $1::uuid is null or k.tenant_id = $1
    order by t.name, u.name, k.id`,
};

/** Lists the keys of one tenant or all, revoked ones too. */
export async function listApiKeys(db: Database, {tenantId}: {tenantId?: string}): Promise<ListedKey[]> {
  const rows = await db.query<{key: ListedKey}>(listKeys, [tenantId]);
  return rows.map(({key}) => key);
}
