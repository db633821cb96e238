-- How much each tenant uses: what its quotas limit, and what an operator bills.

-- What each tenant has, without the changes that usage_changes still holds.
create table tenant_usage (
  tenant_id uuid primary key references tenants,
  users bigint not null default 0,
  rooms bigint not null default 0,
  bytes bigint not null default 0
) with (fillfactor = 50);

-- Changes since the worker last added them up. They are rows instead of counters: with a counter, a call that adds a
-- user would wait for every other call that adds one in the tenant.
create table usage_changes (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  users bigint not null,
  rooms bigint not null,
  bytes bigint not null
);
-- What a tenant with a quota currently has.
create index usage_changes_tenant_id_idx on usage_changes (tenant_id);

-- One row for each tenant and day in UTC. `messages` and `calls` add up over the day, `connections` is the maximum at
-- once, and the others are the totals at the day's last measurement.
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
-- Pruning.
create index usage_days_day_idx on usage_days (day);

-- The most connections at once that each node had for each tenant since its last report.
create table node_connections (
  node_id text not null,
  tenant_id uuid not null references tenants,
  connections integer not null,
  at timestamptz not null default clock_ms(),
  primary key (node_id, tenant_id)
) with (fillfactor = 50);
