-- Adding a member with a role gives that role also to someone who is in the room, and closing a room again answers its
-- owner with the room.
--
-- The release before this one goes on with add_member, which a later release may drop: it says `member` where its caller
-- said nothing, so it must never demote. It asks for open rooms only before it calls close_room.

-- Up Migration

-- member:add. p_role is null where the caller gave none.
create function put_member(p_room_id uuid, p_actor_id uuid, p_user_id uuid, p_role text)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  actor memberships;
  m memberships;
  v_is_service boolean;
  v_gives_roles boolean;
  v_refusal text;
  v_joined boolean := false;
  v_changed boolean := false;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into actor from memberships where room_id = p_room_id and user_id = p_actor_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_is_service := is_service_of(r.tenant_id, p_actor_id);
  v_gives_roles := v_is_service or coalesce(actor.role = 'owner', false);
  v_refusal := manager_refusal(r, actor, v_is_service);
  if v_refusal is null then
    v_refusal := case
      when p_role = 'owner' then 'forbidden'
      when p_role <> coalesce(m.role, 'member') and not v_gives_roles then 'forbidden'
      when m.banned then 'banned'
      when not exists (select from users where id = p_user_id and tenant_id = r.tenant_id and deleted_at is null)
        then 'not_found'
      -- Somebody must own the room. Who is alone in it came as its owner, whatever was asked for.
      when m.role = 'owner' and p_role is not null and r.member_count > 1 then 'conflict'
    end;
  end if;
  if v_refusal is null and m.room_id is null then
    v_refusal := admit(r, p_user_id, coalesce(p_role, 'member'));
    v_joined := true;
  end if;
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  if not v_joined and m.role <> 'owner' and p_role <> m.role then
    v_changed := true;
    update memberships set role = p_role where room_id = r.id and user_id = p_user_id;
    insert into signals (kind, user_id, room_id) values ('user', p_user_id, r.id);
    perform write_audit(r.tenant_id, p_actor_id, 'member:update', p_user_id, r.id);
  end if;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  -- A room that was empty has a new owner, and its log an entry that says so.
  return json_strip_nulls(json_build_object(
    'member', wire_member(m), 'state', read_state(r.id, p_user_id), 'joined', v_joined, 'changed', v_changed,
    'frame', (select new_frame(r.id, r.head) from rooms now where now.id = r.id and now.head > r.head)));
end
$$;

-- room:close. Of a closed room, its owner gets the room again, and the log no second entry.
create or replace function close_room(p_room_id uuid, p_actor_id uuid) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_actor_id;
  v_refusal := member_refusal(r, m);
  if v_refusal = 'room_closed' and m.role = 'owner' then
    return json_build_object('room', wire_counted_room(r));
  end if;
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
