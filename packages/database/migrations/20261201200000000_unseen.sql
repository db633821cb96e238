-- message.unseen (schema/tables/events.sql, members.sql).
alter table memberships add column unseen_seq bigint;

create table unseen_rooms (
  room_id uuid primary key,
  after bigint not null,
  due_at timestamptz not null
) with (fillfactor = 50);
create index unseen_rooms_due_at_idx on unseen_rooms (due_at);
