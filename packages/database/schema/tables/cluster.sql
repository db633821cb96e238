-- State of the whole cluster.

-- One row. The incarnation is part of every wire epoch. It comes from the clock rather than from a counter: a dump
-- restored twice would count to the same number twice, and two different logs would have one name.
create table cluster (
  is_only_row boolean primary key default true check (is_only_row),
  incarnation bigint not null,
  -- How long audit lines are kept. The migrations set it, since gateways and workers may not.
  audit_days integer not null default 365 check (audit_days > 0)
);

-- One row: which version of schema/functions the database has (see functions.ts).
create table installed_functions (
  is_only_row boolean primary key default true check (is_only_row),
  version integer not null,
  hash text not null
);

-- Live gateways: each pulse renews the gateway's lease.
create table nodes (
  id text primary key,
  lease_until timestamptz not null
) with (fillfactor = 50);

-- Whether broadcasts arrive: what each gateway reports once a second, and, with the id '', which one has stepped aside
-- because it does not hear or is not heard. It is worth nothing after a crash, so it costs no WAL.
create unlogged table node_probes (
  id text primary key,
  report jsonb not null,
  until timestamptz not null
) with (fillfactor = 50);

-- Notes to every node: look again. Ids commit out of order, so nodes read by xact (see pulse.ts).
create table signals (
  id bigint generated always as identity primary key,
  xact xid8 not null default pg_current_xact_id(),
  kind text not null check (kind in ('user', 'session', 'joined', 'notified', 'tenant')),
  user_id uuid,
  session_hash text,
  room_id uuid,
  at timestamptz not null default clock_ms(),
  -- The users whose inboxes have moved, in one row for all of them.
  user_ids uuid[],
  -- With 'session': all sessions that began with a ticket of this key.
  key_id uuid,
  -- The tenant whose policy has changed.
  tenant_id uuid
);
create index signals_xact_idx on signals (xact);
-- Is this session signed out?
create index signals_session_hash_idx on signals (session_hash) where session_hash is not null;
-- Pruning.
create index signals_at_idx on signals (at);

-- Moves: one row for each change of a room's log, or of who may do what in it, and one for a whole batch of
-- messages. `rooms` has 24 bytes for each room: its id, and the head of its log after the change, or -1 if the log was
-- replaced. It is packed because every node reads every row.
create table moves (
  xact xid8 not null default pg_current_xact_id(),
  rooms bytea not null
) with (autovacuum_vacuum_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.2);
create index moves_xact_idx on moves (xact);
-- The table has no key, and a publication of all tables refuses to delete from a table without a replica identity.
alter table moves replica identity full;

-- All transactions below `xact` had ended at the time `at`, so their rows have been visible since then. Pruning goes by
-- these marks; the rows of transactions at or above the oldest mark are all still there.
create table move_marks (
  xact xid8 primary key,
  at timestamptz not null default clock_ms()
);
