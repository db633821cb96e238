-- Who did what. Lines about the whole cluster have no tenant; lines about operators have no actor_id.
create table audit_log (
  id bigint generated always as identity primary key,
  tenant_id uuid references tenants,
  actor_id uuid,
  action text not null,
  user_id uuid,
  room_id uuid,
  at timestamptz not null default clock_ms(),
  details jsonb default nullif(current_setting('madang.details', true), '')::jsonb,
  -- The process that acted, by its name in Postgres: for a gateway the node's name, for an operator's command the name
  -- of the person who ran it.
  source text default current_setting('application_name'),
  -- About the call; act_for sets them.
  address inet default nullif(current_setting('madang.address', true), '')::inet,
  request_id text default nullif(current_setting('madang.request_id', true), ''),
  reason text
);
create index audit_log_tenant_id_idx on audit_log (tenant_id, at);
create index audit_log_at_idx on audit_log (at);
