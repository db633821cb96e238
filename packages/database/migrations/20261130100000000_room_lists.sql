-- room:list of a service, by each filter that leaves most rooms out.
--
-- Indexes, which the release before this one does not use.

-- Up Migration

create index rooms_archived_idx on rooms (tenant_id, created_at, id) where archived_at is not null;
create index rooms_unarchived_idx on rooms (tenant_id, created_at, id) where archived_at is null;
create index rooms_closed_idx on rooms (tenant_id, created_at, id) where closed_at is not null;
create index rooms_open_idx on rooms (tenant_id, created_at, id) where closed_at is null;
create index rooms_type_list_idx on rooms (tenant_id, coalesce(type, kind), created_at, id);
