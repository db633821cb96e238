-- Moves in one order, for readers that keep a position.

-- One row. Every move that the snapshot `seen` sees has been numbered. Null while there are no readers and no tenant
-- has events.
create table move_numbering (
  is_only_row boolean primary key default true check (is_only_row),
  seen pg_snapshot,
  batch bigint not null default 0,
  -- When everything was last numbered, to a second or two.
  numbered_at timestamptz not null default clock_ms()
);

-- The position of each tenant's last numbered move.
create table tenant_positions (
  tenant_id uuid primary key references tenants,
  position bigint not null
) with (fillfactor = 50);

-- What one call numbered, by tenant: each room that moved, with the head of its log at that time. The last room has
-- `position`, the one before it `position` - 1, and so on. Batches commit in the order of their numbers.
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

-- The position up to which a reader has processed everything.
create table move_readers (
  name text primary key,
  batch bigint not null
) with (fillfactor = 50);
