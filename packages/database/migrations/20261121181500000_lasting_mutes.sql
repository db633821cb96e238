-- A mute runs on while someone is out of the room, so that leaving is no way around it. A nullable column, and two functions
-- that are called and answer as before; memberships that ended before this one have no mute to bring back.

-- Up Migration

-- Of a membership that has ended: the mute that was set at its end.
alter table membership_spans add column muted_until timestamptz;

-- As before, but that the mute is kept with the span.
create or replace function end_membership(p_room_id uuid, p_user_id uuid, p_reason text) returns bigint
language plpgsql volatile
as $$
declare
  v_left_at bigint;
  v_owner_id uuid;
  v_heir_id uuid;
begin
  update rooms set
    head = head + 1,
    member_count = member_count - 1,
    emptied_at = case when member_count = 1 then clock_ms() end
  where id = p_room_id
  returning head, owner_id into v_left_at, v_owner_id;
  update membership_spans set left_at_rev = v_left_at, reason = p_reason,
    muted_until = (select muted_until from memberships where room_id = p_room_id and user_id = p_user_id)
  where room_id = p_room_id and user_id = p_user_id and left_at_rev is null;
  if p_reason = 'banned' then
    update memberships set banned = true, role = 'member', muted_until = null
    where room_id = p_room_id and user_id = p_user_id;
  else
    delete from memberships where room_id = p_room_id and user_id = p_user_id;
  end if;

  if v_owner_id = p_user_id then
    select user_id into v_heir_id from memberships
    where room_id = p_room_id and not banned
    order by role = 'moderator' desc, joined_at_rev, created_at, user_id
    limit 1;
    if v_heir_id is not null then
      perform give_room(p_room_id, v_heir_id);
      insert into signals (kind, user_id, room_id) values ('user', v_heir_id, p_room_id);
    end if;
  end if;
  return v_left_at;
end
$$;

-- As before, but that the mute of the last span runs on.
create or replace function insert_membership(r rooms, p_user_id uuid, p_role text) returns void language sql volatile
as $$
  insert into memberships (tenant_id, room_id, user_id, role, joined_at_rev, read_seq, muted_until)
  values (r.tenant_id, r.id, p_user_id, p_role, r.head + 1, r.head, (
    select s.muted_until from membership_spans s where s.room_id = r.id and s.user_id = p_user_id
    order by s.joined_at_rev desc limit 1));
  insert into membership_spans (room_id, user_id, joined_at_rev) values (r.id, p_user_id, r.head + 1);
  update rooms set member_count = member_count + 1, emptied_at = null where id = r.id;
  insert into signals (kind, user_id, room_id) values ('joined', p_user_id, r.id);
$$;
