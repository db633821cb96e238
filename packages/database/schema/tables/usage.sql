-- How much each tenant uses: what its quotas bound, and what an operator accounts for.

-- What each tenant has by now, apart from what usage_changes still holds.
create table tenant_usage (
  tenant_id uuid primary key references tenants,
  users bigint not null default 0,
  rooms bigint not null default 0,
  bytes bigint not null default 0
) with (fillfactor = 50);

-- Changes since the worker last added them up. Rows and no counters: who adds a user would wait for everybody else who
-- adds one in the tenant.
create table usage_changes (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  users bigint not null,
  rooms bigint not null,
  bytes bigint not null
);
-- What a tenant with a quota has by now.
create index usage_changes_tenant_id_idx on usage_changes (tenant_id);

-- One row for each tenant and day in UTC. `messages` and `calls` add up over the day, `connections` is the most at once,
-- and the others are what there was when the day was last looked at.
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

-- The most connections at once that each node had of each tenant since it reported before.
create table node_connections (
  node_id text not null,
  tenant_id uuid not null references tenants,
  connections integer not null,
  at timestamptz not null default clock_ms(),
  primary key (node_id, tenant_id)
) with (fillfactor = 50);
