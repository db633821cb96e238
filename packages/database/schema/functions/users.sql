-- Accounts, guests, services and the users of products. The unique indexes on users decide between concurrent calls:
-- one inserts, the others wait for its commit and find its row. Each function returns {refused} or its result.

-- A user with what sign-in needs and the wire does not show: the tenant, the password's hash, the session epoch.
create or replace function stored_user(u users) returns json language sql stable
as $$
  select with_field(json_strip_nulls(json_build_object(
    'tenantId', u.tenant_id, 'sessionEpoch', u.session_epoch, 'passwordHash', u.password_hash,
    'disabledAt', wire_time(u.disabled_at), 'deletedAt', wire_time(u.deleted_at))), 'user', wire_whole_user(u))
$$;

-- Locks the default rooms of a tenant in the order of their ids, which is the order in which a batch of messages locks
-- rooms.
create or replace function lock_default_rooms(p_tenant_id uuid) returns setof rooms language sql volatile
as $$ select * from rooms where tenant_id = p_tenant_id and default_name is not null and is_default order by id for no key update $$;

-- Registration. The account becomes a member of the default rooms, which are locked before the user is inserted:
-- otherwise two registrations of one name could wait for each other, one for the name and one for a room.
create or replace function insert_account(
  p_id uuid, p_tenant_id uuid, p_name text, p_name_key text, p_display_name text, p_shown_key text,
  p_password_hash text, p_color text
) returns json language plpgsql volatile
as $$
declare
  v_rooms rooms[] := array(select d from lock_default_rooms(p_tenant_id) d);
  u users;
begin
  insert into users (id, tenant_id, kind, name, name_key, display_name, shown_key, password_hash, color)
  values (p_id, p_tenant_id, 'account', p_name, p_name_key, p_display_name, p_shown_key, p_password_hash, p_color)
  on conflict (tenant_id, name_key) where kind <> 'guest' and deleted_at is null do nothing
  returning * into u;
  if u.id is null then
    return refuse('conflict', '{"reason": "account_name"}');
  end if;
  perform insert_membership(r, u.id, 'member') from unnest(v_rooms) as r;
  return stored_user(u);
end
$$;

-- Registration with `keep`: the guest becomes the account, and stays in their rooms. Locks as insert_account does.
create or replace function keep_guest(
  p_id uuid, p_tenant_id uuid, p_name text, p_name_key text, p_display_name text, p_shown_key text, p_password_hash text
) returns json language plpgsql volatile
as $$
declare
  v_rooms rooms[] := array(select d from lock_default_rooms(p_tenant_id) d);
  u users;
begin
  begin
    update users set
      kind = 'account', name = p_name, name_key = p_name_key, display_name = p_display_name, shown_key = p_shown_key,
      password_hash = p_password_hash
    where id = p_id and tenant_id = p_tenant_id and kind = 'guest' and deleted_at is null and disabled_at is null
    returning * into u;
  exception when unique_violation then
    return refuse('conflict', '{"reason": "account_name"}');
  end;
  if u.id is null then
    return refuse('forbidden', '{"reason": "no_guest"}');
  end if;
  perform insert_membership(r, u.id, 'member') from unnest(v_rooms) as r
  where not exists (select from memberships m where m.room_id = r.id and m.user_id = u.id);
  insert into signals (kind, user_id) values ('user', u.id);
  return stored_user(u);
end
$$;

-- Whether an account has this name or is shown by it. Guests may not use such a name.
create or replace function is_account_name(p_tenant_id uuid, p_key text) returns boolean language sql stable
as $$
  select exists (select from users
      where tenant_id = p_tenant_id and name_key = p_key and kind <> 'guest' and deleted_at is null)
    or exists (select from users
      where tenant_id = p_tenant_id and shown_key = p_key and kind = 'account' and deleted_at is null)
$$;

-- POST /auth/guest. `conflict` if an account has this name or is shown by it.
create or replace function insert_guest(p_id uuid, p_tenant_id uuid, p_name text, p_name_key text, p_color text)
returns json language plpgsql volatile
as $$
declare
  u users;
begin
  if is_account_name(p_tenant_id, p_name_key) then
    return refuse('conflict', '{"reason": "account_name"}');
  end if;
  insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
  values (p_id, p_tenant_id, 'guest', p_name, p_name_key, p_name_key, p_color)
  returning * into u;
  return stored_user(u);
end
$$;

-- `npx madang key add`, for a new service. `conflict` if the name is taken.
create or replace function insert_service(p_id uuid, p_tenant_id uuid, p_name text, p_name_key text, p_color text)
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

-- PUT /users and PUT /users/:externalId: creates or updates users, and answers in the order of p_users, whose
-- externalIds are distinct. Fields that an item leaves out stay as they are.
--
-- A product's users may share a name, since the product distinguishes them by its own ids. So nameKey includes the id,
-- and plainKey is the key of the name alone.
--
-- Locks the default rooms if a user is new, then the users in the order of their external ids, so calls that name the
-- same users wait for each other and never deadlock.
create or replace function put_users(p_tenant_id uuid, p_users json) returns json language plpgsql volatile
as $$
declare
  v_rooms rooms[];
  v_given constant text[] := array(select item ->> 'externalId' from json_array_elements(p_users) as item);
  v_found integer;
  v_new uuid[];
  v_made uuid[] := '{}';
  v_changed uuid[];
begin
  -- If a user is deleted between the insert and the lock, the external id belongs to a new user from then on.
  for v_try in 1..3 loop
    select count(*) into v_found from users
    where tenant_id = p_tenant_id and external_id = any (v_given) and deleted_at is null;
    if v_found < cardinality(v_given) then
      -- Users are locked by now, but rooms must be locked before users.
      exit when v_try > 1 and v_rooms is null;
      v_rooms := coalesce(v_rooms, array(select d from lock_default_rooms(p_tenant_id) d));
      v_new := insert_external_users(p_tenant_id, p_users);
      v_made := v_made || v_new;
      perform insert_membership(r, made.id, 'member') from unnest(v_rooms) as r, unnest(v_new) as made (id);
    end if;
    select count(*) into v_found from (
      select from users
      where tenant_id = p_tenant_id and external_id = any (v_given) and deleted_at is null
      order by external_id for no key update
    ) as locked;
    exit when v_found = cardinality(v_given);
  end loop;
  if v_found < cardinality(v_given) then
    return refuse('conflict');
  end if;
  v_changed := update_external_users(p_tenant_id, p_users);
  return (
    select json_agg(json_build_object(
      'user', wire_whole_user(u), 'created', u.id = any (v_made), 'changed', u.id = any (v_changed)) order by given.no)
    from unnest(v_given) with ordinality as given (external_id, no)
    join users u on u.tenant_id = p_tenant_id and u.external_id = given.external_id and u.deleted_at is null);
end
$$;

-- Inserts the missing users in the order of their external ids, and returns the ids of the new ones. Whichever unique
-- index another call won, the row is the same user.
create or replace function insert_external_users(p_tenant_id uuid, p_users json) returns uuid[] language sql volatile
as $$
  with made as (
    insert into users (id, tenant_id, kind, external_id, name, name_key, display_name, shown_key, color, data)
    select id, p_tenant_id, 'account', "externalId", name, "nameKey", "displayName", coalesce("shownKey", "plainKey"),
      coalesce(color, "defaultColor"), data
    from json_to_recordset(p_users) as given (
      id uuid, "externalId" text, name text, "nameKey" text, "plainKey" text, "displayName" text, "shownKey" text,
      color text, "defaultColor" text, data json, "byToken" boolean)
    where not exists (
      select from users u
      where u.tenant_id = p_tenant_id and u.external_id = given."externalId" and u.deleted_at is null)
      -- Only the product can create a deleted user again; a token cannot.
      and not ("byToken" is true and exists (
        select from users g
        where g.tenant_id = p_tenant_id and g.gone_external_hash = sha256(convert_to(given."externalId", 'UTF8'))))
    order by "externalId"
    on conflict do nothing
    returning id
  )
  select coalesce(array_agg(id), '{}') from made
$$;

-- Updates locked users, and returns the ids of those that changed, each with a signal.
create or replace function update_external_users(p_tenant_id uuid, p_users json) returns uuid[] language sql volatile
as $$
  with changed as (
    update users u set
      name = given.name,
      name_key = "nameKey",
      display_name = coalesce("displayName", u.display_name),
      shown_key = coalesce("shownKey", case when u.display_name is null then "plainKey" else u.shown_key end),
      color = coalesce(given.color, u.color),
      data = coalesce(given.data, u.data)
    from json_to_recordset(p_users) as given (
      "externalId" text, name text, "nameKey" text, "plainKey" text, "displayName" text, "shownKey" text, color text,
      data json)
    where u.tenant_id = p_tenant_id and u.external_id = given."externalId" and u.deleted_at is null
      and (u.name, u.display_name, u.color, u.data::text) is distinct from (
        given.name, coalesce("displayName", u.display_name), coalesce(given.color, u.color),
        coalesce(given.data, u.data)::text)
    returning u.id
  ), told as (
    insert into signals (kind, user_id) select 'user', id from changed
  )
  select coalesce(array_agg(id), '{}') from changed
$$;

-- PUT /users/:externalId for gateways of the previous release, during a rolling upgrade. The default rooms, which a new
-- user joins, are locked first, as at registration. Null fields stay as they are.
create or replace function put_user(
  p_id uuid, p_tenant_id uuid, p_external_id text, p_name text, p_name_key text, p_plain_key text,
  p_display_name text, p_shown_key text, p_color text, p_default_color text
) returns json language plpgsql volatile
as $$
declare
  v_rooms rooms[];
  u users;
  before users;
begin
  select * into before from users
  where tenant_id = p_tenant_id and external_id = p_external_id and deleted_at is null;
  if before.id is null then
    v_rooms := array(select d from lock_default_rooms(p_tenant_id) d);
    insert into users (id, tenant_id, kind, external_id, name, name_key, display_name, shown_key, color)
    values (p_id, p_tenant_id, 'account', p_external_id, p_name, p_name_key, p_display_name,
      coalesce(p_shown_key, p_plain_key), coalesce(p_color, p_default_color))
    on conflict (tenant_id, external_id) where external_id is not null and deleted_at is null do nothing
    returning * into u;
    if u.id is not null then
      perform insert_membership(r, u.id, 'member') from unnest(v_rooms) as r;
      return json_build_object('user', wire_user(u), 'changed', false);
    end if;
  end if;

  select * into before from users
  where tenant_id = p_tenant_id and external_id = p_external_id and deleted_at is null for no key update;
  if before.id is null then
    return refuse('conflict');
  end if;
  update users set
    name = p_name,
    name_key = p_name_key,
    display_name = coalesce(p_display_name, display_name),
    shown_key = coalesce(p_shown_key, case when display_name is null then p_plain_key else shown_key end),
    color = coalesce(p_color, color)
  where id = before.id and (name, display_name, color)
    is distinct from (p_name, coalesce(p_display_name, display_name), coalesce(p_color, color))
  returning * into u;
  if u.id is null then
    return json_build_object('user', wire_user(before), 'changed', false);
  end if;
  insert into signals (kind, user_id) values ('user', u.id);
  return json_build_object('user', wire_user(u), 'changed', true);
end
$$;

-- The user for a provider's subject. The first sign-in creates the user if the tenant allows registration.
create or replace function sign_in_identity(
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
  if not (select registration from tenants where id = p_tenant_id) then
    return refuse('forbidden');
  end if;
  perform lock_default_rooms(p_tenant_id);
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

-- user:update. p_patch may have displayName, color, avatarId, status dndUntil and directs, of which null takes
-- back status and dndUntil;
-- p_shown_key belongs to displayName.
create or replace function update_user(p_tenant_id uuid, p_user_id uuid, p_patch jsonb, p_shown_key text)
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
    return refuse('conflict', '{"reason": "account_name"}');
  end if;
  update users set
    display_name = coalesce(p_patch ->> 'displayName', display_name),
    shown_key = coalesce(p_shown_key, shown_key),
    color = coalesce(p_patch ->> 'color', color),
    avatar_id = coalesce((p_patch ->> 'avatarId')::uuid, avatar_id),
    status = case when p_patch ? 'status' then nullif(p_patch -> 'status', 'null') else status end,
    dnd_until = case when p_patch ? 'dndUntil' then (p_patch ->> 'dndUntil')::timestamptz else dnd_until end,
    directs = coalesce(p_patch ->> 'directs', directs)
  where id = p_user_id
  returning * into u;
  insert into signals (kind, user_id) values ('user', p_user_id);
  return wire_whole_user(u);
end
$$;

-- user:update, as a whole: the profile, the image and the password change together or not at all. p_skeletons and the
-- parameters after it are those of set_user_keys, used if a name changes. p_password_hash is null if the password
-- stays. If a later step refuses, the block rolls back the earlier ones.
create or replace function change_own_user(
  p_tenant_id uuid, p_user_id uuid, p_patch jsonb, p_shown_key text, p_name text, p_name_skeleton text,
  p_shown_skeleton text, p_text text, p_grams integer[], p_password_hash text, p_kept_session text
) returns json language plpgsql volatile
as $$
declare
  v_display_name text := p_patch ->> 'displayName';
  v_answer json;
begin
  begin
    if v_display_name is not null then
      v_answer := claim_name(p_tenant_id, p_user_id, null, p_shown_skeleton, p_shown_key);
      perform raise_refusal(v_answer);
    end if;
    if p_patch <> '{}' then
      v_answer := update_user(p_tenant_id, p_user_id, p_patch, p_shown_key);
      perform raise_refusal(v_answer);
    end if;
    if p_patch ? 'avatarId' then
      v_answer := claim_avatar(p_user_id, (p_patch ->> 'avatarId')::uuid);
      perform raise_refusal(v_answer);
    end if;
    if p_password_hash is not null then
      v_answer := change_own_password(p_tenant_id, p_user_id, p_password_hash, p_kept_session);
      perform raise_refusal(v_answer);
    end if;
    if v_display_name is not null then
      perform set_user_keys(
        p_user_id, p_name, v_display_name, p_name_skeleton, p_shown_skeleton, p_text, p_grams, true);
    end if;
  exception when sqlstate 'MDR01' then
    return v_answer;
  end;
  return (select with_field(wire_shown_user(u), 'directs', to_json(u.directs)) from users u where id = p_user_id);
end
$$;

-- Ends all sessions of the user, who must sign in again after enable_user.
create or replace function disable_user(p_tenant_id uuid, p_user_id uuid) returns json language plpgsql volatile
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

create or replace function enable_user(p_tenant_id uuid, p_user_id uuid) returns json language plpgsql volatile
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

-- Deletes a user whose row the caller has locked: frees the name, the product's own id and the identities, and releases
-- images that no message carries. From now on none of this can be seen or used; the worker erases the rest
-- (erasure.sql). A hash of the own id stays, so that no JWT creates that user again; only the product can.
create or replace function mark_as_deleted(u users, p_actor_id uuid, p_keep_messages boolean) returns void
language plpgsql volatile
as $$
declare
  v_files integer;
begin
  update users set
    deleted_at = clock_ms(), session_epoch = session_epoch + 1, kept_session = null, password_hash = null,
    name = 'deleted', name_key = 'deleted', display_name = null, shown_key = 'deleted', avatar_id = null,
    external_id = null, gone_external_hash = sha256(convert_to(external_id, 'UTF8')), data = null,
    email = null, verified_at = null, status = null, dnd_until = null, is_admin = false, directs = null
  where id = u.id;
  delete from blocks where user_id = u.id or other_id = u.id;
  delete from invites where created_by = u.id;
  update reports set reason = '' where reporter_id = u.id;
  delete from mail_tokens where user_id = u.id;
  delete from mails where user_id = u.id;
  delete from push_subscriptions where user_id = u.id;
  delete from pushes where user_id = u.id;
  delete from thread_follows where user_id = u.id;
  delete from identities where user_id = u.id;
  delete from tickets where user_id = u.id;
  update attachments set orphaned_at = clock_ms()
  where user_id = u.id and room_id is null and orphaned_at is null;
  get diagnostics v_files = row_count;
  insert into erasures (user_id, tenant_id, external_id, keep_messages, counts)
  values (u.id, u.tenant_id, u.external_id, p_keep_messages, jsonb_build_object('files', v_files));
  insert into signals (kind, user_id) values ('user', u.id);
  perform write_audit(u.tenant_id, p_actor_id, 'user:delete', u.id, null);
end
$$;

-- Deletion by the user, or by the worker for a guest who did not return. A repeat changes nothing.
create or replace function delete_user(p_user_id uuid) returns json language plpgsql volatile
as $$
declare
  u users;
begin
  select * into u from users where id = p_user_id and deleted_at is null for no key update;
  if u.id is not null then
    perform mark_as_deleted(u, p_user_id, false);
  end if;
  return '{}';
end
$$;
