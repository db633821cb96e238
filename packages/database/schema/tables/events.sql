-- Events: pointers to what happened in a tenant, in one order. A reader gets the newest state of what they point to.
-- There is only one foreign key: number_events, the only writer, has joined rooms and tenants, which are never deleted.

-- Changes that are no entry of a room's log, or must outlive it: the transaction that makes the change inserts a note,
-- which is numbered soon after. `no` is drawn under the lock of the room or user; `rev` is the head of the room's log
-- then.
create table event_notes (
  no bigint generated always as identity primary key,
  tenant_id uuid not null,
  type text not null,
  room_id uuid,
  user_id uuid,
  rev bigint,
  seq bigint,
  at timestamptz not null default clock_ms()
);

-- A numbered note or, if type is null, the messages of a room that were sent or changed in (after, rev]: those have the
-- positions up to `position`, one for each rev.
create table events (
  tenant_id uuid not null,
  position bigint not null,
  type text,
  room_id uuid,
  after bigint,
  rev bigint,
  note bigint,
  user_id uuid,
  seq bigint,
  at timestamptz not null,
  primary key (tenant_id, position)
);

-- The position of each tenant's last event, and of the last one that was pruned.
create table event_positions (
  tenant_id uuid primary key references tenants,
  position bigint not null,
  pruned_to bigint not null
) with (fillfactor = 50);

-- The rev up to which a room's log was numbered; 0 if a room has no row.
create table event_rooms (
  room_id uuid primary key,
  head bigint not null
) with (fillfactor = 50);

-- Rooms of types with `push` whose messages above `after` must still be checked for message.unseen.
create table unseen_rooms (
  room_id uuid primary key,
  after bigint not null,
  due_at timestamptz not null
) with (fillfactor = 50);
-- The worker: due rooms.
create index unseen_rooms_due_at_idx on unseen_rooms (due_at);

-- The addresses to which events are posted. A webhook is a cursor: everything up to `position` was delivered.
create table webhooks (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  url text not null,
  -- Null means all types.
  types text[],
  position bigint not null,
  -- Counts the secrets; the secret is derived and not stored.
  rotation integer not null default 0,
  rotated_at timestamptz,
  created_at timestamptz not null default clock_ms(),
  disabled_at timestamptz,
  -- The end of the last failed delivery: a retry has the same range.
  told_to bigint,
  batch integer not null default 100,
  -- The number of failures in a row, since when, and why.
  attempts integer not null default 0,
  failing_since timestamptz,
  last_error text,
  due_at timestamptz not null default clock_ms(),
  -- The worker that makes the current delivery, until its lease expires.
  holder uuid,
  leased_until timestamptz
) with (fillfactor = 50);
create index webhooks_tenant_id_idx on webhooks (tenant_id, id);
