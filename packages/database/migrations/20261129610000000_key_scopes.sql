-- Up Migration

alter table api_keys
  add column scopes text[] not null default '{users,members,send}' check (cardinality(scopes) > 0),
  add column expires_at timestamptz,
  add column sessions_ended_at timestamptz;

create table key_uses (
  key_id uuid primary key references api_keys,
  used_at timestamptz not null default clock_ms()
) with (fillfactor = 50);

alter table signals add column key_id uuid;
