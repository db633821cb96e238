-- Deleted users, and what was erased for each. Rows stay; they identify a user by Madang's id alone.

create table erasures (
  user_id uuid primary key references users,
  tenant_id uuid not null references tenants,
  -- The product's own id until the erasure is done, so that a repeat finds the row.
  external_id text,
  -- If set, texts and images stay, and their sender is shown as `deleted`.
  keep_messages boolean not null default false,
  -- How many messages, files, memberships, notifications and sender names have been erased so far.
  counts jsonb not null default '{}',
  requested_at timestamptz not null default clock_ms(),
  finished_at timestamptz
);
create index erasures_external_id_idx on erasures (tenant_id, external_id) where external_id is not null;
-- For the operator's list.
create index erasures_requested_at_idx on erasures (tenant_id, requested_at);
