-- How much each tenant uses. The code that installs the functions of this release makes the triggers, one lock at a
-- time (schema/noting-triggers.sql). It then counts the existing rows while others write.
--
-- New tables, and a column without a default: the release before this one reads and writes past them.

-- Up Migration

create table tenant_usage (
  tenant_id uuid primary key references tenants,
  users bigint not null default 0,
  rooms bigint not null default 0,
  bytes bigint not null default 0
) with (fillfactor = 50);

create table usage_changes (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  users bigint not null,
  rooms bigint not null,
  bytes bigint not null
);
create index usage_changes_tenant_id_idx on usage_changes (tenant_id);

create table usage_days (
  tenant_id uuid not null references tenants,
  day date not null,
  messages bigint not null default 0,
  calls bigint not null default 0,
  connections bigint not null default 0,
  users bigint not null default 0,
  rooms bigint not null default 0,
  bytes bigint not null default 0,
  primary key (tenant_id, day)
) with (fillfactor = 50);
create index usage_days_day_idx on usage_days (day);

create table node_connections (
  node_id text not null,
  tenant_id uuid not null references tenants,
  connections integer not null,
  at timestamptz not null default clock_ms(),
  primary key (node_id, tenant_id)
) with (fillfactor = 50);

alter table room_types add column spent_until timestamptz;
