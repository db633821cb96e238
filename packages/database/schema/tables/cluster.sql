-- What concerns all nodes.

-- One row. The incarnation is part of every wire epoch. It comes from the clock rather than from a counter: a dump
-- restored twice would count to the same number twice, and two different logs would have one name.
create table cluster (
  is_only_row boolean primary key default true check (is_only_row),
  incarnation bigint not null,
  -- How long lines of the audit log are kept. The migrations set it, since the processes that serve may not.
  audit_days integer not null default 365 check (audit_days > 0)
);

-- One row: which functions of schema/functions the database has (see functions.ts).
create table installed_functions (
  is_only_row boolean primary key default true check (is_only_row),
  version integer not null,
  hash text not null
);

-- Gateways that are alive, by the leases their pulses renew.
create table nodes (
  id text primary key,
  lease_until timestamptz not null
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
  -- Whose inboxes have moved, in one row for all of them.
  user_ids uuid[],
  -- Of 'session': all sessions that tickets of this key began.
  key_id uuid,
  -- Whose policy has changed.
  tenant_id uuid
);
create index signals_xact_idx on signals (xact);
-- Is this session signed out?
create index signals_session_hash_idx on signals (session_hash) where session_hash is not null;
-- Pruning.
create index signals_at_idx on signals (at);

-- What moved: one row for each change of a room's log, or of who may do what in it, and one for a whole batch of
-- messages. `rooms` has 24 bytes for each room: its id, and where its log is by then, or -1 where the log was replaced.
-- Packed, since every node reads every row.
create table moves (
  xact xid8 not null default pg_current_xact_id(),
  rooms bytea not null
) with (autovacuum_vacuum_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.2);
create index moves_xact_idx on moves (xact);
-- It has no key, and a publication of all tables refuses to delete from a table without an identity.
alter table moves replica identity full;

-- Transactions below `xact` had ended `at` that time: whatever they left could be seen from then on. Pruning goes by
-- these, and what transactions at or above the oldest mark have left is still there.
create table move_marks (
  xact xid8 primary key,
  at timestamptz not null default clock_ms()
);
