-- Deleted users, and what was erased of them.
create table erasures (
  user_id uuid primary key references users,
  tenant_id uuid not null references tenants,
  external_id text,
  keep_messages boolean not null default false,
  counts jsonb not null default '{}',
  requested_at timestamptz not null default clock_ms(),
  finished_at timestamptz
);
create index erasures_external_id_idx on erasures (tenant_id, external_id) where external_id is not null;
create index erasures_requested_at_idx on erasures (tenant_id, requested_at);
