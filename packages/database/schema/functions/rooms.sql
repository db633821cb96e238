-- Opening, changing and closing rooms. Every change locks the room's row (`for no key update`) before it decides, so
-- revs follow the order of commits. Nobody else sees a new room before its commit.
--
-- Each returns {refused} or its result; the `frame` in a result is what the change added to the log.

-- room:create. p_room has the room's fields. The same clientId from the same creator, or the same externalId in the
-- tenant, finds the room that the first call made; the service and the members in p_room then become members again, as
-- they were right after that call.
-- p_room.actorId holds the grants that count, if they are not the user's: the service that calls as the user.
--
-- If one of the members is invalid, the whole room is refused.
create or replace function open_room(p_id uuid, p_tenant_id uuid, p_user_id uuid, p_room jsonb)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  t room_types;
  v_refusal json;
  v_user_ids constant uuid[] := array(
    select (item ->> 'userId')::uuid from jsonb_array_elements(p_room -> 'members') as item);
  v_roles constant text[] := array(select item ->> 'role' from jsonb_array_elements(p_room -> 'members') as item);
  v_admitted json;
  v_joined json := '[]';
begin
  if cardinality(v_user_ids) >= (p_room ->> 'capacity')::int then
    return refuse('room_full');
  end if;
  select * into t from room_types
  where tenant_id = p_tenant_id and name = coalesce(p_room ->> 'type', 'room') and name <> 'direct';
  v_refusal := creation_refusal(t, coalesce((p_room ->> 'actorId')::uuid, p_user_id), p_room);
  if v_refusal is null then
    insert into rooms (id, tenant_id, title, visibility, password_hash, capacity, ephemeral, owner_id, created_by,
      client_id, external_id, data, archived_at, type, overseen)
    values (p_id, p_tenant_id, p_room ->> 'title',
      coalesce(p_room ->> 'visibility', nullif(t.visibility, 'either'), 'public'), p_room ->> 'passwordHash',
      (p_room ->> 'capacity')::int, (p_room ->> 'ephemeral')::boolean, p_user_id, p_user_id,
      (p_room ->> 'clientId')::uuid, p_room ->> 'externalId', p_room -> 'data',
      case when (p_room ->> 'archived')::boolean then clock_ms() end, nullif(t.name, 'room'), t.oversight)
    on conflict do nothing
    returning * into r;
  end if;
  if r.id is not null then
    perform insert_membership(r, p_user_id, 'owner');
    if cardinality(v_user_ids) > 0 then
      select * into r from rooms where id = r.id;
      v_admitted := admit_all(r, p_user_id, v_user_ids, v_roles);
      v_joined := v_admitted -> 'joined';
      if json_array_length(v_admitted -> 'rejected') > 0 then
        v_refusal := refuse(v_admitted #>> '{rejected,0,code}', json_build_object('users', (
          select json_agg('id:' || v_user_ids[(item ->> 'no')::int])
          from json_array_elements(v_admitted -> 'rejected') as item)));
        perform raise_refusal(v_refusal);
      end if;
    end if;
    return json_build_object('state', read_state(r.id, p_user_id), 'created', true, 'joined', v_joined);
  end if;
  if v_refusal is not null and not exists (
    select from rooms where (created_by = p_user_id and client_id = (p_room ->> 'clientId')::uuid)
      or (tenant_id = p_tenant_id and external_id = p_room ->> 'externalId')) then
    return v_refusal;
  end if;
  return find_made_room(p_tenant_id, p_user_id, p_room, v_user_ids, v_roles);
exception when sqlstate 'MDR01' then
  return v_refusal;
end
$$;

-- Why the policy forbids everybody, or this user, to create such a room. A repeat finds the room that was created,
-- whatever the policy says now.
create or replace function creation_refusal(t room_types, p_user_id uuid, p_room jsonb) returns json language sql stable
as $$
  select case
    when t.name is null then refuse('invalid', '{"issues": [{"path": "type", "message": "there is no such type"}]}')
    when t.may_create > case u.kind when 'service' then 4 else 0 end or (u.kind = 'guest' and t.guests <> 'create')
      then refuse('grant:create')
    when t.visibility <> 'either' and p_room ->> 'visibility' <> t.visibility
      then refuse('forbidden', json_build_object('visibility', t.visibility))
  end
  from (select) as once left join users u on u.id = p_user_id
$$;

-- The room that an earlier call made. It is a `conflict` if clientId and externalId belong to different rooms.
create or replace function find_made_room(
  p_tenant_id uuid, p_user_id uuid, p_room jsonb, p_user_ids uuid[], p_roles text[]
) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_external_id constant text := p_room ->> 'externalId';
  v_refusal text;
  v_joined jsonb := '[]';
begin
  select * into r from rooms where tenant_id = p_tenant_id and external_id = v_external_id for no key update;
  if r.id is null then
    select * into r from rooms where created_by = p_user_id and client_id = (p_room ->> 'clientId')::uuid
    for no key update;
  end if;
  select * into m from memberships where room_id = r.id and user_id = p_user_id;
  v_refusal := case
    when r.closed_at is not null then 'room_closed'
    when v_external_id <> coalesce(r.external_id, '') or exists (
      select from rooms b
      where b.created_by = p_user_id and b.client_id = (p_room ->> 'clientId')::uuid and b.id <> r.id) then 'conflict'
    when m.banned then 'banned'
    when m.room_id is null and v_external_id is null then 'conflict'
    when m.room_id is null and r.archived_at is not null then 'archived'
    when m.room_id is null then admit(r, p_user_id, 'member')
  end;
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  if m.room_id is null then
    v_joined := jsonb_build_array(p_user_id);
  end if;
  if r.archived_at is null and cardinality(p_user_ids) > 0 then
    select * into r from rooms where id = r.id;
    v_joined := v_joined || (admit_all(r, p_user_id, p_user_ids, p_roles)::jsonb -> 'joined');
  end if;
  return json_build_object('state', read_state(r.id, p_user_id), 'created', false, 'joined', v_joined);
end
$$;

-- room:create for gateways of the previous release, during a rolling upgrade.
create or replace function create_room(
  p_id uuid, p_tenant_id uuid, p_user_id uuid, p_title text, p_visibility text, p_password_hash text,
  p_capacity integer, p_ephemeral boolean, p_client_id uuid
) returns json language sql volatile
as $$
  select open_room(p_id, p_tenant_id, p_user_id, jsonb_strip_nulls(jsonb_build_object(
    'title', p_title, 'visibility', p_visibility, 'passwordHash', p_password_hash, 'capacity', p_capacity,
    'ephemeral', p_ephemeral, 'clientId', p_client_id)))
$$;

-- room:update. p_patch has the fields to change: title, topic, slowSeconds, visibility, passwordHash, capacity,
-- ephemeral, data, archived.
-- A service may change every room of its tenant, but of a direct room only data and archived. An archived room must be
-- unarchived, by the same call or an earlier one, before anything else about it changes.
create or replace function update_room(p_room_id uuid, p_actor_id uuid, p_patch jsonb) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_is_service boolean;
  v_refusal text;
  v_after bigint;
  v_ephemeral boolean;
  v_is_archived boolean;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_actor_id;
  v_is_service := is_service_of(r.tenant_id, p_actor_id);
  v_is_archived := coalesce((p_patch ->> 'archived')::boolean, r.archived_at is not null);
  v_refusal := coalesce(actor_refusal(r, m, v_is_service), case
    when not v_is_service and r.kind = 'direct' then 'forbidden'
    when not v_is_service and grant_refusal(r, m, p_actor_id, 'manage') is not null then 'grant:manage'
    when p_patch ->> 'visibility' <> (
      select visibility from room_types
      where tenant_id = r.tenant_id and name = coalesce(r.type, r.kind) and visibility <> 'either') then 'forbidden'
    when r.kind = 'direct' and p_patch - '{data,archived}'::text[] <> '{}' then 'forbidden'
    when p_patch ? 'archived' and not v_is_service then 'forbidden'
    when r.archived_at is not null and v_is_archived and p_patch - 'archived' <> '{}' then 'archived'
    when (p_patch ->> 'capacity')::int < r.member_count then 'conflict'
  end);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  if v_is_archived = (r.archived_at is not null) then
    p_patch := p_patch - 'archived';
  end if;
  if p_patch = '{}' then
    return drop_null_fields(json_build_object('room', wire_counted_room(r), 'externalId', r.external_id));
  end if;

  v_after := r.head;
  v_ephemeral := coalesce((p_patch ->> 'ephemeral')::boolean, r.ephemeral);
  update rooms set
    head = head + 1,
    rev = head + 1,
    title = coalesce(p_patch ->> 'title', title),
    topic = case when p_patch ? 'topic' then p_patch ->> 'topic' else topic end,
    slow_seconds = case when p_patch ? 'slowSeconds' then nullif((p_patch ->> 'slowSeconds')::int, 0) else slow_seconds end,
    visibility = coalesce(p_patch ->> 'visibility', visibility),
    password_hash = case when p_patch ? 'passwordHash' then p_patch ->> 'passwordHash' else password_hash end,
    capacity = coalesce((p_patch ->> 'capacity')::int, capacity),
    data = case when p_patch ? 'data' then nullif(p_patch -> 'data', 'null') else data end,
    archived_at = case when v_is_archived then coalesce(archived_at, clock_ms()) end,
    ephemeral = v_ephemeral,
    -- Attendance is recorded only for ephemeral rooms, so it counts from now.
    ephemeral_since = case when v_ephemeral and not ephemeral then clock_ms() else ephemeral_since end
  where id = p_room_id
  returning * into r;
  perform note_move(r.id);
  if p_patch ? 'archived' then
    perform write_audit(r.tenant_id, p_actor_id, case when v_is_archived then 'room:archive' else 'room:unarchive' end,
      null, r.id);
  end if;
  return drop_null_fields(json_build_object(
    'room', wire_counted_room(r), 'externalId', r.external_id, 'frame', new_frame(r.id, v_after)));
end
$$;

-- room:truncate. From now on nobody is shown the messages below p_before, or any message if it is null; the worker
-- blanks them. A p_before lower than an earlier one changes nothing. An archived room can be truncated as well, since
-- its messages grow old, too.
create or replace function truncate_room(p_room_id uuid, p_actor_id uuid, p_before bigint) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_is_service boolean;
  v_refusal text;
  v_frame json;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_actor_id;
  v_is_service := is_service_of(r.tenant_id, p_actor_id);
  v_refusal := coalesce(actor_refusal(r, m, v_is_service), case
    when not v_is_service and r.kind = 'direct' then 'forbidden'
    when not v_is_service then grant_refusal(r, m, p_actor_id, 'manage') end);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  v_frame := let_messages_go(r, least(coalesce(p_before, r.head + 1), r.head + 1));
  if v_frame is not null then
    perform write_audit(r.tenant_id, p_actor_id, 'room:truncate', null, r.id);
  end if;
  select * into r from rooms where id = r.id;
  return drop_null_fields(json_build_object(
    'room', wire_counted_room(r), 'externalId', r.external_id, 'frame', v_frame));
end
$$;

-- Raises first_seq of a locked room, as one entry of its log, and returns that entry; null if there is nothing to
-- remove.
create or replace function let_messages_go(r rooms, p_first_seq bigint) returns json language plpgsql volatile
as $$
begin
  if p_first_seq <= coalesce(r.first_seq, 1) then
    return null;
  end if;
  update rooms set first_seq = p_first_seq, head = head + 1, rev = head + 1 where id = r.id;
  perform note_move(r.id);
  return new_frame(r.id, r.head);
end
$$;

-- Closes a room whose row the caller has locked. It takes one rev, the last of the log. No membership row is touched;
-- every membership of a closed room counts as ended right after that rev.
create or replace function end_room(r rooms, p_actor_id uuid) returns json language plpgsql volatile
as $$
declare
  v_after bigint := r.head;
begin
  update rooms set head = head + 1, rev = head + 1, closed_at = clock_ms() where id = r.id returning * into r;
  perform note_move(r.id);
  perform write_audit(r.tenant_id, p_actor_id, 'room:close', null, r.id);
  return drop_null_fields(json_build_object(
    'room', wire_counted_room(r), 'externalId', r.external_id, 'frame', new_frame(r.id, v_after)));
end
$$;

-- room:close. A repeat by someone who may close the room returns it, and adds no second entry to the log.
create or replace function close_room(p_room_id uuid, p_actor_id uuid) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_is_service boolean;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_actor_id;
  v_is_service := is_service_of(r.tenant_id, p_actor_id);
  v_refusal := actor_refusal(r, m, v_is_service);
  if v_refusal = 'room_closed' and (v_is_service or grant_refusal(r, m, p_actor_id, 'manage') is null) then
    return drop_null_fields(json_build_object('room', wire_counted_room(r), 'externalId', r.external_id));
  end if;
  v_refusal := coalesce(v_refusal, case
    when r.kind = 'direct' or r.is_default then 'forbidden'
    when not v_is_service and grant_refusal(r, m, p_actor_id, 'manage') is not null then 'grant:manage'
    when r.archived_at is not null then 'archived'
  end);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  return end_room(r, p_actor_id);
end
$$;

-- An operator's command; it does not ask the owner. Default and direct rooms cannot be closed.
create or replace function close_any_room(p_room_id uuid) returns json language plpgsql volatile
as $$
declare
  r rooms;
begin
  select * into r from rooms where id = p_room_id for no key update;
  if r.id is null then
    return refuse('not_found');
  end if;
  if r.closed_at is not null then
    return refuse('room_closed');
  end if;
  if r.kind = 'direct' or r.is_default then
    return refuse('forbidden');
  end if;
  return end_room(r, null);
end
$$;

-- Both ids, in an order that does not depend on which user asks.
create or replace function direct_key(p_user_id uuid, p_other_id uuid) returns text language sql immutable
as $$ select least(p_user_id, p_other_id) || ':' || greatest(p_user_id, p_other_id) $$;

-- direct:open. The unique key decides which of several concurrent calls creates the room; the others wait for its
-- commit and find it. Both users are plain members, so nobody manages the room, and its capacity keeps everyone else
-- out.
-- p_actor_id holds the grants that count: the user or, if a service calls as the user, the service.
create or replace function open_direct_as(
  p_id uuid, p_tenant_id uuid, p_user_id uuid, p_other_id uuid, p_actor_id uuid
) returns json language plpgsql volatile
as $$
declare
  v_key text := direct_key(p_user_id, p_other_id);
  r rooms;
  t room_types;
  v_refusal json;
  v_directs text;
begin
  if p_user_id = p_other_id then
    return refuse('invalid');
  end if;
  select * into r from rooms where tenant_id = p_tenant_id and direct_key = v_key;
  if r.id is null then
    if not exists (
      select from users where id = p_other_id and tenant_id = p_tenant_id and deleted_at is null) then
      return refuse('not_found');
    end if;
    select * into t from room_types where tenant_id = p_tenant_id and name = 'direct';
    v_refusal := coalesce(creation_refusal(t, p_actor_id, '{}'), (
      select refuse('grant:create') from tenants where id = p_tenant_id and policy #>> '{people,direct}' = 'service'
        and not is_service_of(p_tenant_id, p_actor_id)));
    if v_refusal is not null then
      return v_refusal;
    end if;
    -- A block of one of the two comes before the room or after it: set_block takes the same lock.
    perform pg_advisory_xact_lock(hashtextextended(v_key, 0));
    v_directs := directs_of(p_user_id, p_other_id, p_actor_id);
    if v_directs = 'nobody' then
      return refuse('forbidden', '{"reason": "directs"}');
    end if;
    insert into rooms (id, tenant_id, kind, title, visibility, capacity, owner_id, created_by, direct_key, overseen)
    values (p_id, p_tenant_id, 'direct', '', 'private', 2, p_user_id, p_user_id, v_key, t.oversight)
    on conflict (tenant_id, direct_key) do nothing
    returning * into r;
    if r.id is not null then
      perform insert_membership(r, p_user_id, 'member');
      perform insert_membership(r, p_other_id, 'member');
      update memberships set request = true
      where room_id = r.id and user_id = p_other_id and v_directs = 'request';
      perform mute_blocked(r.id);
      return json_build_object('state', read_state(r.id, p_user_id), 'opened', true);
    end if;
    select * into r from rooms where tenant_id = p_tenant_id and direct_key = v_key;
  end if;
  return json_build_object('state', read_state(r.id, p_user_id), 'opened', false);
end
$$;

-- direct:open for gateways of the previous release, during a rolling upgrade.
create or replace function open_direct(p_id uuid, p_tenant_id uuid, p_user_id uuid, p_other_id uuid)
returns json language sql volatile
as $$ select open_direct_as(p_id, p_tenant_id, p_user_id, p_other_id, p_user_id) $$;

-- Marks a change that the lobby shows (see lobby.ts). It is a trigger because many functions, the worker and operators
-- change rooms, and each would have to remember. Sending a message touches none of its columns, so it costs nothing.
create or replace function note_lobby_change() returns trigger language plpgsql
as $$
declare
  v_was_listed boolean := false;
  v_is_listed boolean := new.visibility = 'public' and new.closed_at is null;
begin
  if tg_op = 'UPDATE' then
    v_was_listed := old.visibility = 'public' and old.closed_at is null;
  end if;
  -- A room that is private before and after leaves no trace for those who watch the lobby.
  if v_was_listed or v_is_listed then
    new.lobby_xact := pg_current_xact_id();
  end if;
  if v_is_listed and not v_was_listed then
    new.listed_xact := pg_current_xact_id();
  end if;
  return new;
end
$$;
