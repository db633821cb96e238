-- Moves in one order, for readers that keep a position: the projector, and events.
--
-- New tables, which the release before this one neither reads nor writes. Nothing is numbered before a reader is there.

-- Up Migration

create table move_numbering (
  is_only_row boolean primary key default true check (is_only_row),
  seen pg_snapshot,
  batch bigint not null default 0
);
insert into move_numbering default values;

create table tenant_positions (
  tenant_id uuid primary key references tenants,
  position bigint not null
) with (fillfactor = 50);

create table numbered_moves (
  batch bigint not null,
  tenant_id uuid not null references tenants,
  position bigint not null,
  room_ids uuid[] not null,
  heads bigint[] not null,
  at timestamptz not null default clock_ms(),
  primary key (batch, tenant_id),
  unique (tenant_id, position)
);

create table move_readers (
  name text primary key,
  batch bigint not null
) with (fillfactor = 50);
