/** Who a service key stands for, and when it was used. */
import type {Scope} from '@madang/protocol/keys';
import type {User} from '@madang/protocol/users';
import type {Database} from '../connections/pool.ts';

export type KeyHolder = {
  user: User;
  tenantId: string;
  sessionEpoch: number;
  keyId: string;
  scopes: Scope[];
  expiresAt: string | null;
  /** Why the key is no longer valid; null for a valid one. */
  ended: 'revoked' | 'expired' | 'disabled' | null;
};

const holders = `
    select wire_user(u) as user, u.tenant_id as "tenantId", u.session_epoch as "sessionEpoch",
      k.id as "keyId", k.scopes, wire_time(k.expires_at) as "expiresAt",
      case when k.revoked_at is not null then 'revoked' when k.expires_at <= clock_ms() then 'expired'
        when u.disabled_at is not null or u.deleted_at is not null then 'disabled' end as ended
    from api_keys k join users u on u.id = k.user_id`;
const findHolder = {name: 'find_key_holder', text: `${holders} where k.hash = $1`};
const findHolderById = {name: 'find_key_holder_by_id', text: `${holders} where k.id = $1`};

/** Finds the service whose key has this hash, even if the key has ended; undefined if there is none. */
export async function findKeyHolder(
  db: Database,
  {keyHash}: {keyHash: string},
): Promise<KeyHolder | undefined> {
  const [holder] = await db.query<KeyHolder>(findHolder, [keyHash]);
  return holder;
}

/** The same by the key's id, for what was issued to a caller with that key. */
export async function findKeyHolderById(
  db: Database,
  {keyId}: {keyId: string},
): Promise<KeyHolder | undefined> {
  const [holder] = await db.query<KeyHolder>(findHolderById, [keyId]);
  return holder;
}

const noteUse = {
  name: 'note_key_use',
  text: `
    insert into key_uses (key_id) select id from unnest($1::uuid[]) as id order by id
    on conflict (key_id) do update set used_at = excluded.used_at
    where key_uses.used_at < excluded.used_at - interval '1 minute'`,
};

/** Records that keys were used, within a minute. */
export async function noteKeyUses(db: Database, {keyIds}: {keyIds: readonly string[]}): Promise<void> {
  await db.query(noteUse, [keyIds]);
}
