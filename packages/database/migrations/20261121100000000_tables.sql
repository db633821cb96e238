-- The first schema. No release runs before it, so nothing has to keep working beside it.
--
-- Conventions: ids are UUIDs made by the application; times are the database's, in milliseconds; a rev is a position
-- in the log of its room. Composite foreign keys carry tenant_id, so that no row can point across tenants.

-- Up Migration

create function clock_ms() returns timestamptz language sql volatile
as $$ select date_trunc('milliseconds', clock_timestamp()) $$;

-- One row. The incarnation is part of every wire epoch. It comes from the clock rather than from a counter: a dump
-- restored twice would count to the same number twice, and two different logs would bear one name.
create table cluster (
  is_only_row boolean primary key default true check (is_only_row),
  incarnation bigint not null
);
insert into cluster (incarnation) values (extract(epoch from clock_timestamp())::bigint);

create table tenants (
  id uuid primary key,
  name text not null unique,
  general_room_id uuid,
  created_at timestamptz not null default clock_ms()
);

create table tenant_hosts (
  host text primary key,
  tenant_id uuid not null references tenants
);

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
  kept_session text,
  seen_at timestamptz not null default clock_ms(),
  created_at timestamptz not null default clock_ms(),
  disabled_at timestamptz,
  deleted_at timestamptz,
  ended_at timestamptz,
  unique (tenant_id, id)
);
-- Sign-in; two accounts never share a name.
create unique index users_name_key_idx on users (tenant_id, name_key) where kind <> 'guest' and deleted_at is null;
-- A guest's name is looked up here.
create index users_shown_key_idx on users (tenant_id, shown_key) where kind = 'account' and deleted_at is null;
-- user:list.
create index users_list_idx on users (tenant_id, name_key, id) where deleted_at is null;
-- The worker: guests unseen for long; users marked as deleted whose traces are still to be removed.
create index users_seen_at_idx on users (seen_at) where kind = 'guest' and deleted_at is null;
create index users_deleted_at_idx on users (deleted_at) where deleted_at is not null and ended_at is null;

-- fillfactor 50: `head` moves with every batch of messages, and half-empty pages let those updates stay on their page
-- without touching an index (HOT). For the same reason neither head nor active_at is indexed.
create table rooms (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  kind text not null default 'room' check (kind in ('room', 'direct')),
  title text not null,
  visibility text not null check (visibility in ('public', 'private')),
  password_hash text,
  capacity integer,
  ephemeral boolean not null default false,
  ephemeral_since timestamptz not null default clock_ms(),
  owner_id uuid not null,
  member_count integer not null default 0 check (member_count >= 0),
  head bigint not null default 0,
  rev bigint not null default 0,
  epoch bigint not null default 1,
  active_at timestamptz not null default clock_ms(),
  direct_key text,
  created_by uuid not null,
  client_id uuid,
  created_at timestamptz not null default clock_ms(),
  emptied_at timestamptz,
  closed_at timestamptz,
  blanked_to bigint not null default 0,
  blanked_at timestamptz,
  unique (tenant_id, id),
  unique (tenant_id, direct_key),
  unique (created_by, client_id),
  foreign key (tenant_id, owner_id) references users (tenant_id, id),
  foreign key (tenant_id, created_by) references users (tenant_id, id),
  constraint rooms_capacity check (capacity is null or member_count <= capacity)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
-- room:list.
create index rooms_list_idx on rooms (tenant_id, created_at, id)
  where visibility = 'public' and kind = 'room' and closed_at is null;
-- The worker: ephemeral rooms with members, empty ones, and closed ones with texts left.
create index rooms_ephemeral_idx on rooms (id) where ephemeral and closed_at is null;
create index rooms_emptied_at_idx on rooms (emptied_at) where emptied_at is not null and closed_at is null;
create index rooms_closed_at_idx on rooms (closed_at) where closed_at is not null and blanked_at is null;

alter table tenants add foreign key (id, general_room_id) references rooms (tenant_id, id);

-- The current row of everyone who is in a room, or banned from it: a banned row is no member and not counted.
create table memberships (
  tenant_id uuid not null,
  room_id uuid not null,
  user_id uuid not null,
  role text not null default 'member' check (role in ('owner', 'moderator', 'member')),
  joined_at_rev bigint not null,
  read_seq bigint not null,
  muted_until timestamptz,
  banned boolean not null default false,
  created_at timestamptz not null default clock_ms(),
  primary key (room_id, user_id),
  foreign key (tenant_id, room_id) references rooms (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
) with (fillfactor = 80);
-- The rooms of a user.
create index memberships_user_id_idx on memberships (user_id);

-- Every interval [joined_at_rev, left_at_rev) for which someone was in a room. Rows are never deleted: the log's
-- `left` entries are read from here.
create table membership_spans (
  room_id uuid not null references rooms,
  user_id uuid not null references users,
  joined_at_rev bigint not null,
  left_at_rev bigint,
  reason text check (reason in ('left', 'removed', 'banned')),
  primary key (room_id, user_id, joined_at_rev),
  check ((left_at_rev is null) = (reason is null)),
  check (left_at_rev >= joined_at_rev)
);
-- `left` entries above a cursor.
create index membership_spans_left_at_rev_idx on membership_spans (room_id, left_at_rev)
  where left_at_rev is not null;
-- The worker: where a user who is gone has written.
create index membership_spans_user_id_idx on membership_spans (user_id);

-- No foreign keys: append_messages, the only writer, inserts for rooms it has locked and senders whose membership it
-- has read, and users and rooms are never deleted. Two checks a row would cost half of the write path's throughput.
create table messages (
  room_id uuid not null,
  seq bigint not null,
  rev bigint not null,
  sender_id uuid not null,
  sender jsonb not null,
  client_id uuid not null,
  kind text not null default 'text' check (kind in ('text', 'system')),
  text text not null,
  payload jsonb not null default '{}',
  created_at timestamptz not null,
  edited_at timestamptz,
  deleted_at timestamptz,
  primary key (room_id, seq),
  constraint messages_client_id unique (room_id, sender_id, client_id)
) with (autovacuum_vacuum_insert_scale_factor = 0.05);
-- Edits and deletions above a cursor. Untouched messages have rev = seq and are found by the primary key.
create index messages_rev_idx on messages (room_id, rev) where rev <> seq;

-- Notes to every node: look again. Ids commit out of order, so nodes read by xact (see pulse.ts).
create table signals (
  id bigint generated always as identity primary key,
  xact xid8 not null default pg_current_xact_id(),
  kind text not null check (kind in ('user', 'session', 'joined', 'notified')),
  user_id uuid,
  session_hash text,
  room_id uuid,
  at timestamptz not null default clock_ms()
);
create index signals_xact_idx on signals (xact);
-- Is this session signed out?
create index signals_session_hash_idx on signals (session_hash) where session_hash is not null;
-- Pruning.
create index signals_at_idx on signals (at);

-- Gateways that are alive, by the leases their pulses renew.
create table nodes (
  id text primary key,
  lease_until timestamptz not null
) with (fillfactor = 50);

-- Who is connected to an ephemeral room, through which node; what a node says counts while its lease holds.
create table attendances (
  room_id uuid not null references rooms,
  user_id uuid not null references users,
  node_id text not null,
  ended_at timestamptz,
  primary key (room_id, user_id, node_id)
);

create table audit_log (
  id bigint generated always as identity primary key,
  tenant_id uuid not null references tenants,
  actor_id uuid,
  action text not null,
  user_id uuid,
  room_id uuid,
  at timestamptz not null default clock_ms()
);
create index audit_log_tenant_id_idx on audit_log (tenant_id, at);
