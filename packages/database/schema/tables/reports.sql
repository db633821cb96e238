-- Reports of messages, and what became of them.

create table reports (
  id uuid primary key,
  tenant_id uuid not null,
  room_id uuid not null,
  seq bigint not null,
  reporter_id uuid not null,
  reason text not null,
  -- The message as it was when it was reported.
  snapshot jsonb not null,
  created_at timestamptz not null default clock_ms(),
  decided_at timestamptz,
  decided_by uuid,
  outcome text check (outcome in ('dismissed', 'deleted', 'muted', 'banned')),
  -- The reason of the decision.
  decision text,
  unique (room_id, seq, reporter_id),
  foreign key (tenant_id, room_id) references rooms (tenant_id, id),
  foreign key (tenant_id, reporter_id) references users (tenant_id, id),
  foreign key (tenant_id, decided_by) references users (tenant_id, id)
);
-- report:list, of all reports and of those that wait.
create index reports_tenant_id_idx on reports (tenant_id, created_at, id);
create index reports_open_idx on reports (tenant_id, created_at, id) where decided_at is null;
-- The worker: what a deleted user has reported.
create index reports_reporter_id_idx on reports (reporter_id);
