-- What the worker does to rooms and users. New functions; nothing calls them before this release.
-- Each call deals with one room, takes its lock only if it is free, and looks again under it: jobs may run twice.

-- Up Migration

-- A node tells who is connected to an ephemeral room through it; other rooms need no such record.
create function attend(p_room_ids uuid[], p_user_ids uuid[], p_node_id text) returns void language sql volatile
as $$
  insert into attendances (room_id, user_id, node_id)
  select a.room_id, a.user_id, p_node_id
  from unnest(p_room_ids, p_user_ids) as a (room_id, user_id)
  join rooms r on r.id = a.room_id
  where r.ephemeral and r.closed_at is null
  order by a.room_id, a.user_id
  on conflict (room_id, user_id, node_id) do update set ended_at = null;
$$;

-- Whether a member of an ephemeral room has had no connection since p_since. A node's word counts while its lease
-- holds; who never attended counts from joining.
create function has_departed(r rooms, m memberships, p_since timestamptz) returns boolean language sql stable
as $$
  select greatest(m.created_at, r.ephemeral_since) <= p_since
    and not exists (
      select from attendances a join nodes n on n.id = a.node_id
      where a.room_id = m.room_id and a.user_id = m.user_id
        and least(coalesce(a.ended_at, 'infinity'), n.lease_until) > p_since)
$$;

create function list_departed(p_since timestamptz, p_limit integer)
returns table (room_id uuid, user_id uuid) language sql stable
as $$
  select m.room_id, m.user_id
  from rooms r join memberships m on m.room_id = r.id
  where r.ephemeral and r.closed_at is null and not m.banned and has_departed(r, m, p_since)
  limit p_limit
$$;

-- Answers the frame, or null when there was nothing to end after all.
create function end_departed(p_room_id uuid, p_user_id uuid, p_since timestamptz) returns json language plpgsql volatile
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

create function close_empty_room(p_room_id uuid, p_emptied_before timestamptz) returns json language plpgsql volatile
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

-- Ends one membership of a user who is gone.
create function end_gone_membership(p_room_id uuid, p_user_id uuid) returns json language plpgsql volatile
as $$
declare
  r rooms;
begin
  select * into r from rooms where id = p_room_id and closed_at is null for no key update skip locked;
  perform from memberships m join users u on u.id = m.user_id
  where m.room_id = r.id and m.user_id = p_user_id and not m.banned and u.deleted_at is not null;
  if not found then
    return null;
  end if;
  perform end_membership(r.id, p_user_id, 'left');
  return new_frame(r.id, r.head);
end
$$;

-- Deletes up to p_limit messages of a user who is gone, as entries of the room's log, so that every reader's timeline
-- loses them. The rows stay for late retries; the name in them goes.
create function delete_gone_messages(p_room_id uuid, p_user_id uuid, p_limit integer)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  v_deleted integer;
begin
  select * into r from rooms where id = p_room_id and closed_at is null for no key update skip locked;
  with gone as (
    select m.seq, row_number() over (order by m.seq) as no from messages m
    where m.room_id = r.id and m.sender_id = p_user_id and m.deleted_at is null
    order by m.seq limit p_limit
  )
  update messages m set
    rev = r.head + gone.no, text = '', payload = '{}', deleted_at = clock_ms(),
    sender = m.sender || '{"name": "deleted"}'
  from gone where m.room_id = r.id and m.seq = gone.seq;
  get diagnostics v_deleted = row_count;
  if v_deleted = 0 then
    return null;
  end if;
  update rooms set head = head + v_deleted where id = r.id;
  return new_frame(r.id, r.head);
end
$$;

-- Open rooms in which a user who is gone still has a membership or messages.
create function list_gone_traces(p_limit integer)
returns table (room_id uuid, user_id uuid, is_member boolean) language sql stable
as $$
  select distinct s.room_id, s.user_id, s.left_at_rev is null
  from users u
  join membership_spans s on s.user_id = u.id
  join rooms r on r.id = s.room_id
  where u.deleted_at is not null and u.ended_at is null and r.closed_at is null
    and (s.left_at_rev is null or exists (
      select from messages m where m.room_id = s.room_id and m.sender_id = s.user_id and m.deleted_at is null))
  limit p_limit
$$;

-- Ticks off gone users of whom list_gone_traces would find nothing.
create function finish_gone_users() returns void language sql volatile
as $$
  update users u set ended_at = clock_ms()
  where u.deleted_at is not null and u.ended_at is null and not exists (
    select from membership_spans s join rooms r on r.id = s.room_id
    where s.user_id = u.id and r.closed_at is null
      and (s.left_at_rev is null or exists (
        select from messages m where m.room_id = s.room_id and m.sender_id = s.user_id and m.deleted_at is null)))
$$;

-- Blanks up to p_limit messages of one closed room and returns how many; the rows stay, so that a late retry finds its
-- first result.
create function blank_closed_room(p_limit integer, p_closed_before timestamptz)
returns integer language plpgsql volatile
as $$
declare
  r rooms;
  v_to bigint;
  v_count integer;
begin
  select * into r from rooms
  where closed_at <= p_closed_before and blanked_at is null
  order by closed_at limit 1 for no key update skip locked;
  if r.id is null then
    return 0;
  end if;
  with chunk as (
    select seq from messages where room_id = r.id and seq > r.blanked_to order by seq limit p_limit
  ), blanked as (
    update messages m set text = '', payload = '{}' from chunk where m.room_id = r.id and m.seq = chunk.seq
  )
  select count(*), max(seq) into v_count, v_to from chunk;
  update rooms set
    blanked_to = coalesce(v_to, blanked_to),
    blanked_at = case when v_count < p_limit then clock_ms() end
  where id = r.id;
  delete from attendances where room_id = r.id;
  -- At least 1, so that the caller comes back for the next room.
  return greatest(v_count, 1);
end
$$;
