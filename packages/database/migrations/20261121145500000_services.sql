-- Services: keys, users by a product's own id, tickets, and what a service may do to members. New tables, functions and
-- a nullable column; the two functions that are replaced answer what they did before to everyone but a service, and
-- the release before this one has none.

-- Up Migration

-- What a backend presents as `mdk_…`; only its SHA-256 is kept. It acts as user_id and fixes the tenant. A service may
-- have several keys, so that one can follow on another without a pause.
create table api_keys (
  id uuid primary key,
  tenant_id uuid not null,
  user_id uuid not null,
  hash text not null unique,
  -- The key's first characters, by which people tell keys apart.
  hint text not null,
  created_at timestamptz not null default clock_ms(),
  revoked_at timestamptz,
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create index api_keys_tenant_id_idx on api_keys (tenant_id, id);

alter table users add column external_id text;
-- A product's own id of its user.
create unique index users_external_id_idx on users (tenant_id, external_id)
  where external_id is not null and deleted_at is null;

-- What signs a product's user in, once; only its SHA-256 is kept.
create table tickets (
  hash text primary key,
  tenant_id uuid not null,
  user_id uuid not null,
  key_id uuid not null references api_keys,
  expires_at timestamptz not null,
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
-- Pruning.
create index tickets_expires_at_idx on tickets (expires_at);

alter table audit_log add column details jsonb;

-- Finds or makes the service of that name, and gives it a key. `conflict` when the name is an account's.
create function create_api_key(
  p_id uuid, p_tenant_id uuid, p_service_id uuid, p_name text, p_name_key text, p_color text, p_hash text, p_hint text,
  p_operator text
) returns json language plpgsql volatile
as $$
declare
  u users;
begin
  if not exists (select from tenants where id = p_tenant_id) then
    return refuse('not_found');
  end if;
  insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
  values (p_service_id, p_tenant_id, 'service', p_name, p_name_key, p_name_key, p_color)
  on conflict (tenant_id, name_key) where kind <> 'guest' and deleted_at is null do nothing;
  select * into u from users
  where tenant_id = p_tenant_id and name_key = p_name_key and kind <> 'guest' and deleted_at is null;
  if u.kind <> 'service' then
    return refuse('conflict');
  end if;
  insert into api_keys (id, tenant_id, user_id, hash, hint) values (p_id, p_tenant_id, u.id, p_hash, p_hint);
  insert into audit_log (tenant_id, action, user_id, details)
  values (p_tenant_id, 'key:add', u.id, json_build_object('keyId', p_id, 'operator', p_operator));
  return json_build_object('user', wire_user(u));
end
$$;

-- The signal ends the connections that the key opened, as it would those of a session: a key's connections are known
-- by the key's hash. A repeat changes nothing.
create function revoke_api_key(p_id uuid, p_operator text) returns json language plpgsql volatile
as $$
declare
  k api_keys;
begin
  update api_keys set revoked_at = clock_ms() where id = p_id and revoked_at is null returning * into k;
  if k.id is null then
    return case when exists (select from api_keys where id = p_id) then '{"revoked": false}'::json
      else refuse('not_found') end;
  end if;
  insert into signals (kind, session_hash, user_id) values ('session', k.hash, k.user_id);
  insert into audit_log (tenant_id, action, user_id, details)
  values (k.tenant_id, 'key:revoke', k.user_id, json_build_object('keyId', p_id, 'operator', p_operator));
  return '{"revoked": true}';
end
$$;

-- PUT /users/:externalId. A product's users may share a name, since the product tells them apart by its own ids; so
-- the id is part of p_name_key, and p_plain_key is that of the name alone. What is null stays as it is. A new user is in
-- `general`, whose lock comes first, as at a registration.
create function put_user(
  p_id uuid, p_tenant_id uuid, p_external_id text, p_name text, p_name_key text, p_plain_key text,
  p_display_name text, p_shown_key text, p_color text, p_default_color text
) returns json language plpgsql volatile
as $$
declare
  r rooms;
  u users;
  before users;
begin
  select * into before from users
  where tenant_id = p_tenant_id and external_id = p_external_id and deleted_at is null;
  if before.id is null then
    select rooms.* into r from tenants join rooms on rooms.id = tenants.general_room_id
    where tenants.id = p_tenant_id for no key update of rooms;
    insert into users (id, tenant_id, kind, external_id, name, name_key, display_name, shown_key, color)
    values (p_id, p_tenant_id, 'account', p_external_id, p_name, p_name_key, p_display_name,
      coalesce(p_shown_key, p_plain_key), coalesce(p_color, p_default_color))
    on conflict (tenant_id, external_id) where external_id is not null and deleted_at is null do nothing
    returning * into u;
    if u.id is not null then
      perform insert_membership(r, u.id, 'member');
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

-- POST /auth/tickets, for the holder of the key p_key_hash. A service is signed in by its key alone.
create function issue_ticket(p_hash text, p_key_hash text, p_tenant_id uuid, p_user_id uuid, p_life_ms integer)
returns json language plpgsql volatile
as $$
declare
  u users;
  v_key_id uuid;
begin
  select * into u from users where id = p_user_id and tenant_id = p_tenant_id and deleted_at is null;
  if u.id is null then
    return refuse('not_found');
  end if;
  if u.kind <> 'account' or u.disabled_at is not null then
    return refuse('forbidden');
  end if;
  select id into v_key_id from api_keys where hash = p_key_hash and revoked_at is null;
  if v_key_id is null then
    return refuse('unauthenticated');
  end if;
  insert into tickets (hash, tenant_id, user_id, key_id, expires_at)
  values (p_hash, p_tenant_id, u.id, v_key_id, clock_ms() + p_life_ms * interval '1 millisecond');
  return '{}';
end
$$;

-- POST /auth/ticket. The ticket goes with the first try, whatever comes of it: of many at once one finds it. A ticket
-- ends with the key that it was made with.
create function redeem_ticket(p_hash text, p_tenant_id uuid) returns json language sql volatile
as $$
  with used as (
    delete from tickets where hash = p_hash and tenant_id = p_tenant_id returning *
  )
  select coalesce((
    select stored_user(u) from used
    join users u on u.id = used.user_id and u.deleted_at is null
    join api_keys k on k.id = used.key_id and k.revoked_at is null
    where used.expires_at > clock_ms()), refuse('unauthenticated'))
$$;

create or replace function delete_user(p_user_id uuid) returns json language plpgsql volatile
as $$
declare
  u users;
begin
  update users set
    deleted_at = clock_ms(), session_epoch = session_epoch + 1, kept_session = null, password_hash = null,
    name = 'deleted', name_key = 'deleted', display_name = null, shown_key = 'deleted', avatar_id = null,
    external_id = null
  where id = p_user_id and deleted_at is null
  returning * into u;
  if u.id is not null then
    insert into signals (kind, user_id) values ('user', p_user_id);
    perform write_audit(u.tenant_id, p_user_id, 'user:delete', p_user_id, null);
  end if;
  return '{}';
end
$$;

create function is_service_of(p_tenant_id uuid, p_user_id uuid) returns boolean language sql stable
as $$
  select exists (select from users where id = p_user_id and tenant_id = p_tenant_id and kind = 'service'
    and disabled_at is null and deleted_at is null)
$$;

-- Why the actor may not add or remove members of this room; null when they may: moderators, the owner, and the
-- tenant's service, which need not be in the room.
create function manager_refusal(r rooms, m memberships, p_is_service boolean) returns text language sql immutable
as $$
  select case
    when not p_is_service then moderator_refusal(r, m)
    when r.id is null then 'not_found'
    when m.banned then 'banned'
    when r.kind = 'direct' then case when m.room_id is null then 'not_found' else 'forbidden' end
    when r.closed_at is not null then 'room_closed'
  end
$$;

create or replace function add_member(p_room_id uuid, p_actor_id uuid, p_user_id uuid, p_role text)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  actor memberships;
  m memberships;
  v_is_service boolean;
  v_refusal text;
  v_joined boolean := false;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into actor from memberships where room_id = p_room_id and user_id = p_actor_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_is_service := is_service_of(r.tenant_id, p_actor_id);
  v_refusal := manager_refusal(r, actor, v_is_service);
  if v_refusal is null then
    v_refusal := case
      when p_role <> 'member' and not v_is_service and actor.role <> 'owner' then 'forbidden'
      when m.banned then 'banned'
      when not exists (select from users where id = p_user_id and tenant_id = r.tenant_id and deleted_at is null)
        then 'not_found'
    end;
  end if;
  if v_refusal is null and m.room_id is null then
    v_refusal := admit(r, p_user_id, p_role);
    v_joined := true;
  end if;
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  -- A room that was empty has a new owner, and its log an entry that says so.
  return json_strip_nulls(json_build_object(
    'member', wire_member(m), 'state', read_state(r.id, p_user_id), 'joined', v_joined,
    'frame', (select new_frame(r.id, r.head) from rooms now where now.id = r.id and now.head > r.head)));
end
$$;

-- A service outranks everyone: a person whom the product no longer knows is out, the owner too.
create or replace function remove_member(p_room_id uuid, p_actor_id uuid, p_user_id uuid)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  actor memberships;
  m memberships;
  v_is_service boolean;
  v_refusal text;
  v_left_at bigint;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into actor from memberships where room_id = p_room_id and user_id = p_actor_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_is_service := is_service_of(r.tenant_id, p_actor_id);
  v_refusal := manager_refusal(r, actor, v_is_service);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  if m.room_id is null or m.banned then
    v_left_at := last_left_at(p_room_id, p_user_id);
    return case when v_left_at is null then refuse('not_found') else json_build_object('leftAt', v_left_at) end;
  end if;
  if not v_is_service and role_rank(actor.role) <= role_rank(m.role) then
    return refuse('forbidden');
  end if;
  v_left_at := end_membership(r.id, p_user_id, 'removed');
  perform write_audit(r.tenant_id, p_actor_id, 'member:remove', p_user_id, r.id);
  return json_build_object('leftAt', v_left_at, 'frame', new_frame(r.id, r.head));
end
$$;
