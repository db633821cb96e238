-- Users and the rights of their sessions. New functions; nothing calls them before this release.
-- Whatever takes a right away writes its signal in the same transaction.

-- Up Migration

create function stored_user(u users) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'user', wire_user(u), 'tenantId', u.tenant_id, 'sessionEpoch', u.session_epoch, 'passwordHash', u.password_hash,
    'disabledAt', wire_time(u.disabled_at), 'deletedAt', wire_time(u.deleted_at)))
$$;

-- Registration; an account is in `general` from then on. The room is locked before the user is inserted: two
-- registrations of one name would otherwise wait for each other, one for the name and one for the room.
create function insert_account(
  p_id uuid, p_tenant_id uuid, p_name text, p_name_key text, p_display_name text, p_shown_key text,
  p_password_hash text, p_color text
) returns json language plpgsql volatile
as $$
declare
  r rooms;
  u users;
begin
  select rooms.* into r from tenants join rooms on rooms.id = tenants.general_room_id
  where tenants.id = p_tenant_id for no key update of rooms;
  insert into users (id, tenant_id, kind, name, name_key, display_name, shown_key, password_hash, color)
  values (p_id, p_tenant_id, 'account', p_name, p_name_key, p_display_name, p_shown_key, p_password_hash, p_color)
  on conflict (tenant_id, name_key) where kind <> 'guest' and deleted_at is null do nothing
  returning * into u;
  if u.id is null then
    return refuse('conflict');
  end if;
  perform insert_membership(r, u.id, 'member');
  return stored_user(u);
end
$$;

-- Whether an account is called, or shown, so. Guests may not pass for one.
create function is_account_name(p_tenant_id uuid, p_key text) returns boolean language sql stable
as $$
  select exists (select from users
      where tenant_id = p_tenant_id and name_key = p_key and kind <> 'guest' and deleted_at is null)
    or exists (select from users
      where tenant_id = p_tenant_id and shown_key = p_key and kind = 'account' and deleted_at is null)
$$;

create function insert_guest(p_id uuid, p_tenant_id uuid, p_name text, p_name_key text, p_color text)
returns json language plpgsql volatile
as $$
declare
  u users;
begin
  if is_account_name(p_tenant_id, p_name_key) then
    return refuse('conflict');
  end if;
  insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
  values (p_id, p_tenant_id, 'guest', p_name, p_name_key, p_name_key, p_color)
  returning * into u;
  return stored_user(u);
end
$$;

create function insert_service(p_id uuid, p_tenant_id uuid, p_name text, p_name_key text, p_color text)
returns json language plpgsql volatile
as $$
declare
  u users;
begin
  insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
  values (p_id, p_tenant_id, 'service', p_name, p_name_key, p_name_key, p_color)
  on conflict (tenant_id, name_key) where kind <> 'guest' and deleted_at is null do nothing
  returning * into u;
  if u.id is null then
    return refuse('conflict');
  end if;
  return stored_user(u);
end
$$;

-- user:update. p_patch may have displayName, color and avatarId; p_shown_key belongs to displayName.
create function update_user(p_tenant_id uuid, p_user_id uuid, p_patch jsonb, p_shown_key text)
returns json language plpgsql volatile
as $$
declare
  u users;
begin
  select * into u from users where id = p_user_id and tenant_id = p_tenant_id and deleted_at is null
  for no key update;
  if u.id is null then
    return refuse('not_found');
  end if;
  if u.kind = 'guest' and is_account_name(p_tenant_id, p_shown_key) then
    return refuse('conflict');
  end if;
  update users set
    display_name = coalesce(p_patch ->> 'displayName', display_name),
    shown_key = coalesce(p_shown_key, shown_key),
    color = coalesce(p_patch ->> 'color', color),
    avatar_id = coalesce((p_patch ->> 'avatarId')::uuid, avatar_id)
  where id = p_user_id
  returning * into u;
  insert into signals (kind, user_id) values ('user', p_user_id);
  return wire_user(u);
end
$$;

-- Ends every session of a user except p_kept_session, by its hash.
create function raise_session_epoch(p_user_id uuid, p_kept_session text) returns json language plpgsql volatile
as $$
declare
  v_epoch integer;
begin
  update users set session_epoch = session_epoch + 1, kept_session = p_kept_session
  where id = p_user_id and deleted_at is null
  returning session_epoch into v_epoch;
  if v_epoch is null then
    return refuse('not_found');
  end if;
  insert into signals (kind, user_id) values ('user', p_user_id);
  return json_build_object('sessionEpoch', v_epoch);
end
$$;

create function change_password(p_user_id uuid, p_password_hash text, p_kept_session text)
returns json language sql volatile
as $$
  update users set password_hash = p_password_hash where id = p_user_id and deleted_at is null;
  select raise_session_epoch(p_user_id, p_kept_session);
$$;

-- A disabled user's sessions are over; after being enabled again, one signs in anew.
create function disable_user(p_tenant_id uuid, p_user_id uuid) returns json language plpgsql volatile
as $$
begin
  update users set disabled_at = coalesce(disabled_at, clock_ms())
  where id = p_user_id and tenant_id = p_tenant_id and deleted_at is null;
  if not found then
    return refuse('not_found');
  end if;
  perform write_audit(p_tenant_id, null, 'user:disable', p_user_id, null);
  return raise_session_epoch(p_user_id, null);
end
$$;

create function enable_user(p_tenant_id uuid, p_user_id uuid) returns json language plpgsql volatile
as $$
begin
  update users set disabled_at = null where id = p_user_id and tenant_id = p_tenant_id and deleted_at is null;
  if not found then
    return refuse('not_found');
  end if;
  perform write_audit(p_tenant_id, null, 'user:enable', p_user_id, null);
  insert into signals (kind, user_id) values ('user', p_user_id);
  return '{}';
end
$$;

-- Marks a user as gone: the name is free again, no session is valid. Rooms are not touched here, since nothing locks
-- many rooms in one transaction; the worker ends the memberships one by one. A repeat changes nothing.
create function delete_user(p_user_id uuid) returns json language plpgsql volatile
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
    insert into signals (kind, user_id) values ('user', p_user_id);
    perform write_audit(u.tenant_id, p_user_id, 'user:delete', p_user_id, null);
  end if;
  return '{}';
end
$$;

-- Which of these sessions are valid: the user's row for each that is, null for each that is not, in the order asked.
create function check_sessions(p_user_ids uuid[], p_session_hashes text[], p_epochs integer[])
returns json language sql stable
as $$
  select coalesce(json_agg(
    case when u.id is not null then
      json_build_object('user', wire_user(u), 'tenantId', u.tenant_id, 'sessionEpoch', u.session_epoch)
    end order by asked.no), '[]')
  from unnest(p_user_ids, p_session_hashes, p_epochs) with ordinality as asked (user_id, session_hash, epoch, no)
  left join users u on u.id = asked.user_id
    and u.disabled_at is null and u.deleted_at is null
    and (u.session_epoch = asked.epoch or u.kept_session = asked.session_hash)
    and not exists (select from signals s where s.session_hash = asked.session_hash)
$$;
