-- Ephemeral rooms: a member leaves when its last connection has ended, and an empty room closes. The worker calls the
-- functions that end something; they skip locked rooms (`skip locked`), since the worker calls again.

-- Records who is connected to an ephemeral room through this node. Other rooms need no such record.
create or replace function attend(p_room_ids uuid[], p_user_ids uuid[], p_node_id text) returns void language sql volatile
as $$
  insert into attendances (room_id, user_id, node_id)
  select a.room_id, a.user_id, p_node_id
  from unnest(p_room_ids, p_user_ids) as a (room_id, user_id)
  join rooms r on r.id = a.room_id
  where r.ephemeral and r.closed_at is null
  order by a.room_id, a.user_id
  on conflict (room_id, user_id, node_id) do update set ended_at = null;
$$;

-- Whether a member of an ephemeral room has had no connection since p_since. A node's record counts while its lease
-- holds; a member who was never recorded counts from the time of joining.
create or replace function has_departed(r rooms, m memberships, p_since timestamptz) returns boolean language sql stable
as $$
  select greatest(m.created_at, r.ephemeral_since) <= p_since
    and not exists (
      select from attendances a join nodes n on n.id = a.node_id
      where a.room_id = m.room_id and a.user_id = m.user_id
        and least(coalesce(a.ended_at, 'infinity'), n.lease_until) > p_since)
$$;

-- Up to p_limit candidates for end_departed. Takes no locks, so it decides nothing.
create or replace function list_departed(p_since timestamptz, p_limit integer)
returns table (room_id uuid, user_id uuid) language sql stable
as $$
  select m.room_id, m.user_id
  from rooms r join memberships m on m.room_id = r.id
  where r.ephemeral and r.closed_at is null and not m.banned and has_departed(r, m, p_since)
  limit p_limit
$$;

-- Returns the frame, or null if there turned out to be nothing to end.
create or replace function end_departed(p_room_id uuid, p_user_id uuid, p_since timestamptz) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
begin
  select * into r from rooms where id = p_room_id and ephemeral and closed_at is null
  for no key update skip locked;
  select * into m from memberships where room_id = r.id and user_id = p_user_id and not banned;
  if m.room_id is null or not has_departed(r, m, p_since) then
    return null;
  end if;
  perform end_membership(r.id, p_user_id, 'left');
  delete from attendances where room_id = r.id and user_id = p_user_id;
  return new_frame(r.id, r.head);
end
$$;

-- Returns end_room's result, or null if the room is in use, locked or closed.
create or replace function close_empty_room(p_room_id uuid, p_emptied_before timestamptz) returns json language plpgsql volatile
as $$
declare
  r rooms;
begin
  select * into r from rooms
  where id = p_room_id and ephemeral and closed_at is null and member_count = 0 and emptied_at <= p_emptied_before
  for no key update skip locked;
  if r.id is null then
    return null;
  end if;
  return end_room(r, null);
end
$$;
