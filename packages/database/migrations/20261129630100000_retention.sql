-- The worker finds closed rooms by the type whose rules say how long they can be read.
--
-- An index, which the release before this one does not use.

-- Up Migration

create index rooms_closed_type_idx on rooms (tenant_id, coalesce(type, kind), closed_at)
  where closed_at is not null and blanked_at is null;
