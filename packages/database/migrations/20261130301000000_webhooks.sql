-- Webhooks (schema/tables/events.sql).
create table webhooks (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  url text not null,
  types text[],
  position bigint not null,
  rotation integer not null default 0,
  rotated_at timestamptz,
  created_at timestamptz not null default clock_ms(),
  disabled_at timestamptz,
  told_to bigint,
  batch integer not null default 100,
  attempts integer not null default 0,
  failing_since timestamptz,
  last_error text,
  due_at timestamptz not null default clock_ms(),
  holder uuid,
  leased_until timestamptz
) with (fillfactor = 50);
create index webhooks_tenant_id_idx on webhooks (tenant_id, id);
