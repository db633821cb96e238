-- Events: pointers to what happened to a tenant (schema/tables/events.sql).
create table event_notes (
  no bigint generated always as identity primary key,
  tenant_id uuid not null,
  type text not null,
  room_id uuid,
  user_id uuid,
  rev bigint,
  seq bigint,
  at timestamptz not null default clock_ms()
);
create table events (
  tenant_id uuid not null,
  position bigint not null,
  type text,
  room_id uuid,
  after bigint,
  rev bigint,
  note bigint,
  user_id uuid,
  seq bigint,
  at timestamptz not null,
  primary key (tenant_id, position)
);
create table event_positions (
  tenant_id uuid primary key references tenants,
  position bigint not null,
  pruned_to bigint not null
) with (fillfactor = 50);
create table event_rooms (
  room_id uuid primary key,
  head bigint not null
) with (fillfactor = 50);
alter table move_numbering add column numbered_at timestamptz not null default clock_ms();
alter table tenants add column event_days integer not null default 0;
create index tenants_event_days_idx on tenants (id) where event_days > 0;

-- Policies could say so before there were events: these tenants begin now.
update tenants set event_days = (policy ->> 'eventDays')::integer where (policy ->> 'eventDays')::integer > 0;
insert into event_positions (tenant_id, position, pruned_to) select id, 0, 0 from tenants where event_days > 0;
insert into event_rooms (room_id, head)
select r.id, r.head from rooms r join tenants t on t.id = r.tenant_id where t.event_days > 0;
update move_numbering set seen = coalesce(seen, pg_current_snapshot()) where exists (select from tenants where event_days > 0);
