-- Users, how they are found, and what signs them in.

-- name_key and shown_key are the application's case-folded forms of the name and of what others see (display_name,
-- else name). They compare by code point, so that neither order nor equality depends on the server's locale.
create table users (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  kind text not null check (kind in ('account', 'guest', 'service')),
  name text not null,
  name_key text not null collate "C",
  display_name text,
  shown_key text not null collate "C",
  color text not null,
  avatar_id uuid,
  password_hash text,
  session_epoch integer not null default 1,
  -- The hash of the one session that survived the last rise of session_epoch.
  kept_session text,
  seen_at timestamptz not null default clock_ms(),
  created_at timestamptz not null default clock_ms(),
  disabled_at timestamptz,
  deleted_at timestamptz,
  -- When the worker had removed the traces of the deleted user.
  ended_at timestamptz,
  -- The product's own id for its user.
  external_id text,
  -- name_skeleton belongs to the sign-in name (null for users of products and guests, who have none), shown_skeleton to
  -- the name that others see. name_chosen: whether the user chose the shown name since it was given.
  name_skeleton text collate "C",
  shown_skeleton text collate "C",
  name_chosen boolean not null default false,
  keys_stale boolean not null default true,
  -- The product's own JSON object, as it was given.
  data json,
  -- JWTs issued up to this second are refused.
  signed_out_at timestamptz,
  -- The time of the names: tokens issued earlier do not change them.
  claims_at timestamptz,
  -- The SHA-256 of the own id that a deleted user had.
  gone_external_hash bytea,
  -- The address, and when the user showed that mail gets there.
  email text,
  verified_at timestamptz,
  -- {text, emoji?, until?}
  status jsonb,
  -- Do not disturb.
  dnd_until timestamptz,
  -- May administer the tenant.
  is_admin boolean not null default false,
  -- From whom strangers' direct rooms are taken: everyone, request or nobody; null: the kind of user decides.
  directs text,
  unique (tenant_id, id)
);
-- Sign-in; two accounts never share a name.
create unique index users_name_key_idx on users (tenant_id, name_key) where kind <> 'guest' and deleted_at is null;
-- Looked up for a guest's name.
create index users_shown_key_idx on users (tenant_id, shown_key) where kind = 'account' and deleted_at is null;
-- user:list of v0.1.0.
create index users_list_idx on users (tenant_id, name_key, id) where deleted_at is null;
-- user:list, by the name without the product's own id.
create index users_plain_name_idx on users (tenant_id, split_part(name_key, chr(1), 1), id) where deleted_at is null;
-- user:list of disabled users.
create index users_disabled_idx on users (tenant_id, split_part(name_key, chr(1), 1), id)
  where disabled_at is not null and deleted_at is null;
-- The worker: guests unseen for long; users marked as deleted whose traces are still to be removed.
create index users_seen_at_idx on users (seen_at) where kind = 'guest' and deleted_at is null;
create index users_deleted_at_idx on users (deleted_at) where deleted_at is not null and ended_at is null;
create unique index users_external_id_idx on users (tenant_id, external_id)
  where external_id is not null and deleted_at is null;
-- Whether a JWT belongs to a user who was deleted.
create index users_gone_external_hash_idx on users (tenant_id, gone_external_hash)
  where gone_external_hash is not null;
-- Whether an account or service has this name, or one that looks like it.
create index users_name_skeleton_idx on users (tenant_id, name_skeleton)
  where name_skeleton is not null and deleted_at is null;
-- The worker and user:list: users whose keys are still to be computed.
create index users_keys_stale_idx on users (tenant_id, id) where keys_stale and deleted_at is null;

-- A separate table, so that reading a user does not read this. `grams` are hashes of all pieces of two and three
-- characters, and of single characters in scripts where one is a syllable or word; each hash includes the tenant.
create table user_search (
  user_id uuid primary key references users,
  tenant_id uuid not null,
  name_key text not null collate "C",
  is_service boolean not null,
  text text not null collate "C",
  grams integer[] not null
);
-- user:list with a query: the first index for pieces that few names have, the second for common ones.
create index user_search_grams_idx on user_search using gin (grams) with (fastupdate = off);
create index user_search_list_idx on user_search (tenant_id, name_key, user_id);

-- Who wants to hear nothing from whom.
create table blocks (
  user_id uuid not null references users,
  other_id uuid not null references users,
  created_at timestamptz not null default clock_ms(),
  primary key (user_id, other_id)
);
-- delete_user.
create index blocks_other_id_idx on blocks (other_id);

-- Accounts that sign in with a provider. The subject is the identity, since a provider's names change and are
-- reassigned.
create table identities (
  tenant_id uuid not null references tenants,
  provider text not null,
  subject text not null,
  user_id uuid not null,
  created_at timestamptz not null default clock_ms(),
  primary key (tenant_id, provider, subject),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
-- delete_user.
create index identities_user_id_idx on identities (user_id);

-- The secret that a backend presents as `mdk_…`; only its SHA-256 is kept. A key acts as user_id and fixes the tenant.
-- A service
-- may have several keys, so that one can replace another without a pause.
create table api_keys (
  id uuid primary key,
  tenant_id uuid not null,
  user_id uuid not null,
  hash text not null unique,
  -- The key's first characters, by which people tell keys apart.
  hint text not null,
  created_at timestamptz not null default clock_ms(),
  revoked_at timestamptz,
  -- What the key may do; each operation names the scope that it needs.
  scopes text[] not null default '{users,members,send}' check (cardinality(scopes) > 0),
  expires_at timestamptz,
  -- From this time on, sessions that began with a ticket of this key are not valid.
  sessions_ended_at timestamptz,
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create index api_keys_tenant_id_idx on api_keys (tenant_id, id);

-- When a key was last used, to the minute. It is a separate table, since gateways may not write keys.
create table key_uses (
  key_id uuid primary key references api_keys,
  used_at timestamptz not null default clock_ms()
) with (fillfactor = 50);

-- Signs a product's user in, once; only its SHA-256 is kept.
create table tickets (
  hash text primary key,
  tenant_id uuid not null,
  user_id uuid not null,
  key_id uuid not null references api_keys,
  expires_at timestamptz not null,
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
-- Pruning.
create index tickets_expires_at_idx on tickets (expires_at);
