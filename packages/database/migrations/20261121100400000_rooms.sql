-- Creating, changing and closing rooms. New functions; nothing calls them before this release.
-- Each is one operation in one transaction, under the room's lock, where it looks at the actor's rights again.

-- Up Migration

create function write_audit(p_tenant_id uuid, p_actor_id uuid, p_action text, p_user_id uuid, p_room_id uuid)
returns void language sql volatile
as $$
  insert into audit_log (tenant_id, actor_id, action, user_id, room_id)
  values (p_tenant_id, p_actor_id, p_action, p_user_id, p_room_id)
$$;

-- The frame of what the calling function has just done to a room whose head was p_after.
create function new_frame(p_room_id uuid, p_after bigint) returns json language sql stable
as $$ select read_log(p_room_id, p_after, 200, 65536) $$;

-- A tenant always has its room `general`, owned by a service user of its own that is in no room.
create function create_tenant(p_id uuid, p_name text, p_hosts text[], p_service_id uuid, p_room_id uuid)
returns void language sql volatile
as $$
  insert into tenants (id, name) values (p_id, p_name);
  insert into tenant_hosts (host, tenant_id) select host, p_id from unnest(p_hosts) as host;
  insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
  values (p_service_id, p_id, 'service', 'madang', 'madang', 'madang', '#5b6b7b');
  insert into rooms (id, tenant_id, title, visibility, owner_id, created_by)
  values (p_room_id, p_id, 'general', 'public', p_service_id, p_service_id);
  update tenants set general_room_id = p_room_id where id = p_id;
$$;

-- Makes someone a member of a room that the caller has locked. Joining takes no rev; capacity holds by the caller's
-- check and, whatever happens, by the constraint rooms_capacity.
create function insert_membership(r rooms, p_user_id uuid, p_role text) returns void language sql volatile
as $$
  insert into memberships (tenant_id, room_id, user_id, role, joined_at_rev, read_seq)
  values (r.tenant_id, r.id, p_user_id, p_role, r.head + 1, r.head);
  insert into membership_spans (room_id, user_id, joined_at_rev) values (r.id, p_user_id, r.head + 1);
  update rooms set member_count = member_count + 1, emptied_at = null where id = r.id;
  insert into signals (kind, user_id, room_id) values ('joined', p_user_id, r.id);
$$;

-- room:create. The same p_client_id of the same creator finds the room it made.
create function create_room(
  p_id uuid, p_tenant_id uuid, p_user_id uuid, p_title text, p_visibility text, p_password_hash text,
  p_capacity integer, p_ephemeral boolean, p_client_id uuid
) returns json language plpgsql volatile
as $$
declare
  r rooms;
  v_state json;
begin
  insert into rooms (id, tenant_id, title, visibility, password_hash, capacity, ephemeral, owner_id, created_by,
    client_id)
  values (p_id, p_tenant_id, p_title, p_visibility, p_password_hash, p_capacity, p_ephemeral, p_user_id, p_user_id,
    p_client_id)
  on conflict (created_by, client_id) do nothing
  returning * into r;
  if r.id is not null then
    perform insert_membership(r, p_user_id, 'owner');
    return json_build_object('state', read_state(r.id, p_user_id), 'created', true);
  end if;

  select * into r from rooms where created_by = p_user_id and client_id = p_client_id;
  if r.closed_at is not null then
    return refuse('room_closed');
  end if;
  v_state := read_state(r.id, p_user_id);
  if v_state is null then
    return refuse('conflict');
  end if;
  return json_build_object('state', v_state, 'created', false);
end
$$;

-- room:update. p_patch has the fields to change: title, visibility, passwordHash, capacity, ephemeral.
create function update_room(p_room_id uuid, p_actor_id uuid, p_patch jsonb) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
  v_after bigint;
  v_ephemeral boolean;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_actor_id;
  v_refusal := member_refusal(r, m);
  if v_refusal is null and (m.role <> 'owner' or r.kind = 'direct') then
    v_refusal := 'forbidden';
  end if;
  if v_refusal is null and (p_patch ->> 'capacity')::int < r.member_count then
    v_refusal := 'conflict';
  end if;
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  if p_patch = '{}' then
    return json_build_object('room', wire_counted_room(r));
  end if;

  v_after := r.head;
  v_ephemeral := coalesce((p_patch ->> 'ephemeral')::boolean, r.ephemeral);
  update rooms set
    head = head + 1,
    rev = head + 1,
    title = coalesce(p_patch ->> 'title', title),
    visibility = coalesce(p_patch ->> 'visibility', visibility),
    password_hash = case when p_patch ? 'passwordHash' then p_patch ->> 'passwordHash' else password_hash end,
    capacity = coalesce((p_patch ->> 'capacity')::int, capacity),
    ephemeral = v_ephemeral,
    -- Nobody has attended a room that was not ephemeral: count from now.
    ephemeral_since = case when v_ephemeral and not ephemeral then clock_ms() else ephemeral_since end
  where id = p_room_id
  returning * into r;
  return json_build_object('room', wire_counted_room(r), 'frame', new_frame(r.id, v_after));
end
$$;

-- Ends a room whose row the caller has locked: one rev, the last of its log. No membership row is touched; every
-- membership of a closed room counts as ended right after that rev.
create function end_room(r rooms, p_actor_id uuid) returns json language plpgsql volatile
as $$
declare
  v_after bigint := r.head;
begin
  update rooms set head = head + 1, rev = head + 1, closed_at = clock_ms() where id = r.id returning * into r;
  perform write_audit(r.tenant_id, p_actor_id, 'room:close', null, r.id);
  return json_build_object('room', wire_counted_room(r), 'frame', new_frame(r.id, v_after));
end
$$;

-- room:close.
create function close_room(p_room_id uuid, p_actor_id uuid) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_actor_id;
  v_refusal := member_refusal(r, m);
  if v_refusal is null and (m.role <> 'owner' or r.kind = 'direct'
    or exists (select from tenants where general_room_id = p_room_id)) then
    v_refusal := 'forbidden';
  end if;
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  return end_room(r, p_actor_id);
end
$$;

-- Gives a room's log a new identity after a node has seen it shorter than before: the database has lost its end (a
-- failover, a restore). Acts only if that still holds. The new number comes from the clock, so that a database which
-- loses its end twice does not name two logs alike.
create function raise_epoch(p_room_id uuid, p_epoch text, p_position bigint) returns boolean language sql volatile
as $$
  update rooms set epoch = greatest(epoch + 1, extract(epoch from clock_timestamp())::bigint)
  where id = p_room_id and wire_epoch(epoch) = p_epoch and head < p_position
  returning true
$$;

select create_tenant(gen_random_uuid(), 'default', '{}', gen_random_uuid(), gen_random_uuid());
