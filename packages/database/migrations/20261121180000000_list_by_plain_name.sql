-- Users listed by their names alone, for the `next` of a page is read by whoever gets it, and name_key may hold what only
-- a product knows. One index more; the release before this one goes on with users_list_idx, which a later one drops.

-- Up Migration

-- user:list.
create index users_plain_name_idx on users (tenant_id, split_part(name_key, chr(1), 1), id) where deleted_at is null;
