-- Accounts that sign in with a provider. A table, a function and more to do when a user is deleted; a release before this
-- one knows neither table nor function, and has no identities to delete.

-- Up Migration

-- Whose account it is is the subject's to say: names at a provider change and are given to others.
create table identities (
  tenant_id uuid not null references tenants,
  provider text not null,
  subject text not null,
  user_id uuid not null,
  created_at timestamptz not null default clock_ms(),
  primary key (tenant_id, provider, subject),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
-- delete_user.
create index identities_user_id_idx on identities (user_id);

-- Finds the account of an identity, or makes one under the given name: `conflict` when that is taken. The lock of
-- `general` comes first, as with insert_account, so of two first sign-ins at once the second finds the first one's.
create function sign_in_identity(
  p_id uuid, p_tenant_id uuid, p_provider text, p_subject text, p_name text, p_name_key text, p_display_name text,
  p_shown_key text, p_color text
) returns json language plpgsql volatile
as $$
declare
  u users;
  v_stored json;
begin
  select users.* into u from identities i join users on users.id = i.user_id
  where i.tenant_id = p_tenant_id and i.provider = p_provider and i.subject = p_subject;
  if u.id is not null then
    return stored_user(u);
  end if;
  perform from tenants join rooms on rooms.id = tenants.general_room_id
  where tenants.id = p_tenant_id for no key update of rooms;
  select users.* into u from identities i join users on users.id = i.user_id
  where i.tenant_id = p_tenant_id and i.provider = p_provider and i.subject = p_subject;
  if u.id is not null then
    return stored_user(u);
  end if;
  v_stored := insert_account(
    p_id, p_tenant_id, p_name, p_name_key, p_display_name, p_shown_key, null, p_color);
  if (v_stored -> 'refused') is null then
    insert into identities (tenant_id, provider, subject, user_id)
    values (p_tenant_id, p_provider, p_subject, p_id);
  end if;
  return v_stored;
end
$$;

-- As before; and who signs in with the same identity again gets a new account.
create or replace function delete_user(p_user_id uuid) returns json language plpgsql volatile
as $$
declare
  u users;
begin
  update users set
    deleted_at = clock_ms(), session_epoch = session_epoch + 1, kept_session = null, password_hash = null,
    name = 'deleted', name_key = 'deleted', display_name = null, shown_key = 'deleted', avatar_id = null
  where id = p_user_id and deleted_at is null
  returning * into u;
  if u.id is not null then
    delete from identities where user_id = p_user_id;
    insert into signals (kind, user_id) values ('user', p_user_id);
    perform write_audit(u.tenant_id, p_user_id, 'user:delete', p_user_id, null);
  end if;
  return '{}';
end
$$;
