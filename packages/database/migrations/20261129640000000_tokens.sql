-- What JWTs are checked against.
--
-- New columns without defaults: the release before this one reads and writes past them.

-- Up Migration

alter table users
  add column signed_out_at timestamptz,
  add column claims_at timestamptz,
  add column gone_external_hash bytea;
create index users_gone_external_hash_idx on users (tenant_id, gone_external_hash) where gone_external_hash is not null;
