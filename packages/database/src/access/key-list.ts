/** Reading keys: all of one tenant, page by page, or of all tenants for an operator. */
import type {Key} from '@madang/protocol/keys';
import {ChatError} from '@madang/protocol/errors';
import {decodeCursor, encodeCursor} from '../cursors.ts';
import type {Database} from '../connections/pool.ts';

export type ListedKey = Key & {tenant: string};

const listAll = {
  name: '',
  text: `
    select wire_key(k)::jsonb || jsonb_build_object('tenant', t.name) as key
    from api_keys k join tenants t on t.id = k.tenant_id join users u on u.id = k.user_id
    where $1::uuid is null or k.tenant_id = $1
    order by t.name, u.name, k.id`,
};

/** Lists the keys of one tenant or all, including revoked ones. */
export async function listApiKeys(db: Database, {tenantId}: {tenantId?: string}): Promise<ListedKey[]> {
  const rows = await db.query<{key: ListedKey}>(listAll, [tenantId]);
  return rows.map(({key}) => key);
}

const listPage = {
  name: 'list_keys',
  text: `
    select wire_key(k) as key from api_keys k
    where k.tenant_id = $1 and ($2::uuid is null or k.id < $2)
    order by k.id desc limit $3 + 1`,
};

/** Lists a tenant's keys, newest first, including revoked ones. */
export async function listKeysOf(
  db: Database,
  {tenantId, after, limit}: {tenantId: string; after?: string; limit: number},
): Promise<{keys: Key[]; next?: string}> {
  const [below] = after === undefined ? [] : decodeCursor(after, 1);
  const rows = await db.query<{key: Key}>(listPage, [tenantId, idOf(below), limit]);
  const keys = rows.slice(0, limit).map(({key}) => key);
  return rows.length > limit ? {keys, next: encodeCursor([keys.at(-1)!.id])} : {keys};
}

function idOf(text: string | undefined): string | undefined {
  if (text === undefined || /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(text)) return text;
  throw new ChatError('invalid', {message: 'after: not a cursor of this list'});
}

const findOne = {
  name: 'find_key',
  text: 'select wire_key(k) as key, k.tenant_id as "tenantId" from api_keys k where id = $1',
};

/** Finds a key; throws `not_found` if it does not exist, or belongs to another tenant than the given one. */
export async function getApiKey(
  db: Database,
  {id, tenantId}: {id: string; tenantId?: string},
): Promise<{key: Key; tenantId: string}> {
  const [row] = await db.query<{key: Key; tenantId: string}>(findOne, [id]);
  if (!row || (tenantId !== undefined && row.tenantId !== tenantId)) throw new ChatError('not_found');
  return row;
}
