-- user:list of who is disabled, who are few among many.
create index users_disabled_idx on users (tenant_id, split_part(name_key, chr(1), 1), id)
  where disabled_at is not null and deleted_at is null;
