-- Tenants: their hosts and settings.

create table tenants (
  id uuid primary key,
  name text not null unique,
  -- References rooms: see rooms.sql.
  general_room_id uuid,
  created_at timestamptz not null default clock_ms(),
  -- Whether people may register, whether they may come as guests, and whether they may look each other up.
  registration boolean not null default true,
  guests boolean not null default true,
  directory boolean not null default true
);

create table tenant_hosts (
  host text primary key,
  tenant_id uuid not null references tenants
);
create index tenant_hosts_tenant_id_idx on tenant_hosts (tenant_id);
