-- Deleted users, and what was erased of them. Rows stay: they name nobody but by Madang's id.

create table erasures (
  user_id uuid primary key references users,
  tenant_id uuid not null references tenants,
  -- The product's own id, until the erasure is done: a repeat finds it here.
  external_id text,
  -- Texts and images stay, and their sender is called `deleted`.
  keep_messages boolean not null default false,
  -- How many messages, files, memberships, notifications and names of senders so far.
  counts jsonb not null default '{}',
  requested_at timestamptz not null default clock_ms(),
  finished_at timestamptz
);
create index erasures_external_id_idx on erasures (tenant_id, external_id) where external_id is not null;
-- An operator lists them.
create index erasures_requested_at_idx on erasures (tenant_id, requested_at);
