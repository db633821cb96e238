-- What a product keeps with a room: its own id and data; and until where the room's messages are gone, and since when it
-- is archived.
--
-- New columns without values. The release before this one goes on making and reading rooms without them.

-- Up Migration

alter table rooms
  add column external_id text,
  add column data jsonb,
  add column archived_at timestamptz,
  add column first_seq bigint;

create unique index rooms_external_id_idx on rooms (tenant_id, external_id) where external_id is not null;
create index rooms_tenant_idx on rooms (tenant_id, created_at, id);
create index rooms_first_seq_idx on rooms (id) where first_seq > blanked_to + 1;
