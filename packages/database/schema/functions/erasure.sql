-- What the worker removes: traces of deleted users, the texts of rooms that closed long ago, and those below first_seq. Each call does a bounded
-- part, skips rooms that others hold (`skip locked`), and may be repeated at any time.

-- Ends one membership of a user who is gone.
create or replace function end_gone_membership(p_room_id uuid, p_user_id uuid) returns json language plpgsql volatile
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
create or replace function delete_gone_messages(p_room_id uuid, p_user_id uuid, p_limit integer)
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
  perform note_move(r.id);
  return new_frame(r.id, r.head);
end
$$;

-- Open rooms in which a user who is gone still has a membership or messages.
create or replace function list_gone_traces(p_limit integer)
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

-- Ticks off gone users of whom list_gone_traces would find nothing. What they were notified of goes first.
create or replace function finish_gone_users() returns void language sql volatile
as $$
  delete from notifications where user_id in (
    select id from users where deleted_at is not null and ended_at is null);
  update users u set ended_at = clock_ms()
  where u.deleted_at is not null and u.ended_at is null and not exists (
    select from membership_spans s join rooms r on r.id = s.room_id
    where s.user_id = u.id and r.closed_at is null
      and (s.left_at_rev is null or exists (
        select from messages m where m.room_id = s.room_id and m.sender_id = s.user_id and m.deleted_at is null)))
$$;

-- Blanks up to p_limit messages of one closed room and returns how many; the rows stay, so that a late retry finds its
-- first result.
create or replace function blank_closed_room(p_limit integer, p_closed_before timestamptz)
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

-- Blanks up to p_limit messages of one room below its first_seq, which nobody is shown any more, and returns how many.
create or replace function blank_truncated_room(p_limit integer) returns integer language plpgsql volatile
as $$
declare
  r rooms;
  v_to bigint;
  v_count integer;
begin
  select * into r from rooms where first_seq > blanked_to + 1 and blanked_at is null
  limit 1 for no key update skip locked;
  if r.id is null then
    return 0;
  end if;
  with chunk as (
    select seq from messages where room_id = r.id and seq > r.blanked_to and seq < r.first_seq order by seq limit p_limit
  ), blanked as (
    update messages m set text = '', payload = '{}' from chunk where m.room_id = r.id and m.seq = chunk.seq
  )
  select count(*), max(seq) into v_count, v_to from chunk;
  update rooms set blanked_to = case when v_count < p_limit then r.first_seq - 1 else v_to end where id = r.id;
  -- At least 1, so that the caller comes back for the next room.
  return greatest(v_count, 1);
end
$$;
