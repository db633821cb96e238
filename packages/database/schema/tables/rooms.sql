-- Rooms and how they are found. A room's row holds the head of its log: every change of the room locks the row.

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
  -- The rev of the last change, and the rev of the last change to the room itself.
  head bigint not null default 0,
  rev bigint not null default 0,
  epoch bigint not null default 1,
  active_at timestamptz not null default clock_ms(),
  -- For a direct room, both user ids (see direct_key).
  direct_key text,
  created_by uuid not null,
  client_id uuid,
  created_at timestamptz not null default clock_ms(),
  emptied_at timestamptz,
  closed_at timestamptz,
  -- The seq up to which the worker has blanked the messages; for a closed room, the time at which it finished.
  blanked_to bigint not null default 0,
  blanked_at timestamptz,
  -- The transactions that last changed what the lobby shows of the room, and that brought the room into the lobby.
  lobby_xact xid8,
  listed_xact xid8,
  -- Whether the policy makes it a default room, which the tenant's accounts join at registration.
  is_default boolean not null default false,
  -- The product's own id and data for the room.
  external_id text,
  data jsonb,
  -- From this time on the room is read-only.
  archived_at timestamptz,
  -- Nobody is shown the messages below this seq; the worker blanks them.
  first_seq bigint,
  keys_stale boolean not null default true,
  -- The room type that it was created with; null for the types that `kind` names.
  type text,
  -- Whether the product may read the room, which its members see; fixed when the room is created.
  overseen boolean not null default false,
  -- The name under which a policy made it a default room, even if it no longer is one.
  default_name text,
  topic text,
  -- How long a plain member waits between two messages.
  slow_seconds integer,
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
-- room:list of a service: by the product's ids, or all.
create unique index rooms_external_id_idx on rooms (tenant_id, external_id) where external_id is not null;
create index rooms_tenant_idx on rooms (tenant_id, created_at, id);
create index rooms_archived_idx on rooms (tenant_id, created_at, id) where archived_at is not null;
create index rooms_unarchived_idx on rooms (tenant_id, created_at, id) where archived_at is null;
create index rooms_closed_idx on rooms (tenant_id, created_at, id) where closed_at is not null;
create index rooms_open_idx on rooms (tenant_id, created_at, id) where closed_at is null;
create index rooms_type_list_idx on rooms (tenant_id, coalesce(type, kind), created_at, id);
-- The worker: ephemeral rooms with members, empty ones, and closed ones with texts left.
create index rooms_ephemeral_idx on rooms (id) where ephemeral and closed_at is null;
create index rooms_emptied_at_idx on rooms (emptied_at) where emptied_at is not null and closed_at is null;
create index rooms_closed_at_idx on rooms (closed_at) where closed_at is not null and blanked_at is null;
create index rooms_closed_type_idx on rooms (tenant_id, coalesce(type, kind), closed_at)
  where closed_at is not null and blanked_at is null;
-- The worker: rooms whose messages below first_seq are not all blanked.
create index rooms_first_seq_idx on rooms (id) where first_seq > blanked_to + 1;
-- read_lobby_changes.
create index rooms_lobby_xact_idx on rooms (tenant_id, lobby_xact) where lobby_xact is not null;
-- Default rooms.
create unique index rooms_default_name_idx on rooms (tenant_id, default_name) where default_name is not null;
-- Whether a type is in use.
create index rooms_type_idx on rooms (tenant_id, type) where type is not null;
create index rooms_keys_stale_idx on rooms (tenant_id, id) where keys_stale and closed_at is null;

alter table tenants add foreign key (id, general_room_id) references rooms (tenant_id, id);

create table room_search (
  room_id uuid primary key references rooms,
  tenant_id uuid not null,
  created_at timestamptz not null,
  text text not null collate "C",
  grams integer[] not null
);
-- room:list with a query: the first index for pieces that few titles have, the second for common ones.
create index room_search_grams_idx on room_search using gin (grams) with (fastupdate = off);
create index room_search_list_idx on room_search (tenant_id, created_at, room_id);
