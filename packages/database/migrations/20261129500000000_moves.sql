-- What moved: a row per transaction that changes rooms' logs or who may do what in them, for all who want to know.
--
-- New tables, which the release before this one never reads. Its gateways write them too, once this release has replaced the
-- functions that they call; until then nobody reads them.

-- Up Migration

create table moves (
  xact xid8 not null default pg_current_xact_id(),
  rooms bytea not null
) with (autovacuum_vacuum_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.2);
create index moves_xact_idx on moves (xact);
alter table moves replica identity full;

create table move_marks (
  xact xid8 primary key,
  at timestamptz not null default clock_ms()
);
