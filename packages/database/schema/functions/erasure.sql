-- What the worker removes: traces of deleted users, the texts of rooms that closed long ago, and messages below
-- first_seq. Each call does a bounded piece, skips locked rooms (`skip locked`), and may be repeated at any time.

-- Ends one membership of a deleted user.
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
  perform count_erased(p_user_id, '{"memberships": 1}');
  return new_frame(r.id, r.head);
end
$$;

-- Adds to the counts of what was erased for a user. A user who was deleted by a release that did not count has no row.
create or replace function count_erased(p_user_id uuid, p_counts jsonb) returns void language sql volatile
as $$
  update erasures set counts = counts || (
    select jsonb_object_agg(key, value::bigint + coalesce((counts ->> key)::bigint, 0)) from jsonb_each_text(p_counts))
  where user_id = p_user_id
$$;

-- Whether the deletion of this user kept the messages.
create or replace function keeps_messages(p_user_id uuid) returns boolean language sql stable
as $$ select coalesce((select keep_messages from erasures where user_id = p_user_id), false) $$;

-- Whether a message of a deleted user still says something about the user: its text, or the sender's name.
create or replace function has_traces(m messages, p_keeps boolean) returns boolean language sql immutable
as $$ select m.sender ->> 'name' <> 'deleted' or (m.deleted_at is null and not p_keeps) $$;

-- Erases up to p_limit messages of a deleted user, or only the name in them if the texts are kept, and returns how
-- many. In an open room each erasure is an entry of the log, so every reader's timeline drops the content. The rows
-- stay for late retries.
create or replace function erase_gone_messages(p_room_id uuid, p_user_id uuid, p_limit integer)
returns integer language plpgsql volatile
as $$
declare
  r rooms;
  v_keeps constant boolean := keeps_messages(p_user_id);
  v record;
begin
  select * into r from rooms where id = p_room_id for no key update skip locked;
  with gone as (
    select m.seq, m.deleted_at is null and not v_keeps as loses_text,
      jsonb_array_length(coalesce(m.payload -> 'attachments', '[]')) as files,
      row_number() over (order by m.seq) as no
    from messages m
    where m.room_id = r.id and m.sender_id = p_user_id and has_traces(m, v_keeps)
    order by m.seq limit p_limit
  ), erased as (
    update messages m set
      rev = case when r.closed_at is null then r.head + gone.no else m.rev end,
      text = case when loses_text then '' else m.text end,
      payload = case when loses_text then '{}' else m.payload end,
      deleted_at = case when loses_text then clock_ms() else m.deleted_at end,
      sender = m.sender || '{"name": "deleted"}'
    from gone where m.room_id = r.id and m.seq = gone.seq
    returning loses_text, files
  )
  select count(*) as done, count(*) filter (where loses_text) as messages,
    coalesce(sum(files) filter (where loses_text), 0) as files
  into v from erased;
  if v.done > 0 then
    update reports p set snapshot = (case when v_keeps then p.snapshot else
        p.snapshot - '{data,mentions}'::text[] || '{"text": "", "attachments": []}' end)
      || jsonb_build_object('sender', (p.snapshot -> 'sender') || '{"name": "deleted"}')
    where p.room_id = r.id and p.snapshot #>> '{sender,id}' = p_user_id::text;
    perform count_erased(p_user_id,
      jsonb_build_object('messages', v.messages, 'files', v.files, 'names', v.done - v.messages));
    if r.closed_at is null then
      update rooms set head = head + v.done where id = r.id;
      perform note_move(r.id);
    end if;
  end if;
  return v.done;
end
$$;

-- For workers of the previous release, which expect a frame.
create or replace function delete_gone_messages(p_room_id uuid, p_user_id uuid, p_limit integer)
returns json language plpgsql volatile
as $$
declare
  v_head constant bigint := (select head from rooms where id = p_room_id);
begin
  return case when erase_gone_messages(p_room_id, p_user_id, p_limit) > 0 then new_frame(p_room_id, v_head) end;
end
$$;

-- Open rooms in which a deleted user is still a member.
create or replace function list_gone_members(p_limit integer) returns table (room_id uuid, user_id uuid)
language sql stable
as $$
  select s.room_id, s.user_id
  from users u
  join membership_spans s on s.user_id = u.id and s.left_at_rev is null
  join rooms r on r.id = s.room_id and r.closed_at is null
  where u.deleted_at is not null and u.ended_at is null
  limit p_limit
$$;

-- Rooms, including closed ones, in which a deleted user still has messages with traces.
create or replace function list_gone_senders(p_limit integer) returns table (room_id uuid, user_id uuid)
language sql stable
as $$
  select distinct s.room_id, s.user_id
  from users u
  join membership_spans s on s.user_id = u.id
  left join erasures e on e.user_id = u.id
  where u.deleted_at is not null and u.ended_at is null and exists (
    select from messages m
    where m.room_id = s.room_id and m.sender_id = s.user_id and has_traces(m, coalesce(e.keep_messages, false)))
  limit p_limit
$$;

-- For workers of the previous release, which sort these themselves.
create or replace function list_gone_traces(p_limit integer)
returns table (room_id uuid, user_id uuid, is_member boolean) language sql stable
as $$
  (select room_id, user_id, true from list_gone_members(p_limit))
  union all
  (select room_id, user_id, false from list_gone_senders(p_limit))
$$;

-- Marks as erased the deleted users who have no membership and no message with traces left. Their notifications and
-- their private product data go first. The audit line has the counts.
create or replace function finish_gone_users() returns void language plpgsql volatile
as $$
declare
  u users;
  v_notifications integer;
begin
  for u in
    select * from users
    where deleted_at is not null and ended_at is null
      and not exists (
        select from membership_spans s join rooms r on r.id = s.room_id
        where s.user_id = users.id and s.left_at_rev is null and r.closed_at is null)
      and not exists (
        select from membership_spans s
        join messages m on m.room_id = s.room_id and m.sender_id = s.user_id
        left join erasures e on e.user_id = s.user_id
        where s.user_id = users.id and has_traces(m, coalesce(e.keep_messages, false)))
    order by deleted_at limit 100
    for no key update skip locked
  loop
    with gone as (
      delete from notifications where user_id = u.id returning batch_id
    ), blanked as (
      update notification_batches b set data = '{}'
      where b.id in (select batch_id from gone)
        and not exists (select from notifications n where n.batch_id = b.id and n.user_id <> u.id)
    )
    select count(*) into v_notifications from gone;
    update inboxes set unread = 0 where user_id = u.id and unread > 0;
    perform count_erased(u.id,
      jsonb_build_object('messages', 0, 'memberships', 0, 'notifications', v_notifications));
    update erasures set finished_at = clock_ms(), external_id = null where user_id = u.id;
    update users set ended_at = clock_ms() where id = u.id;
    insert into audit_log (tenant_id, action, user_id, details)
    values (u.tenant_id, 'user:erased', u.id, (select counts from erasures where user_id = u.id));
  end loop;
end
$$;

-- A room that closed before p_closed_before, and longer ago than its type lets people read it. Takes no lock.
create or replace function find_ended_room(p_closed_before timestamptz) returns uuid language sql stable
as $$
  select ended.id from room_types t
  cross join lateral (
    select r.id, r.closed_at from rooms r
    where r.tenant_id = t.tenant_id and coalesce(r.type, r.kind) = t.name and r.closed_at is not null
      and r.blanked_at is null and r.closed_at <= least(p_closed_before, clock_ms() - t.closed_days * interval '1 day')
    order by r.closed_at limit 1
  ) ended
  where t.closed_days is not null
  order by ended.closed_at limit 1
$$;

-- Blanks up to p_limit messages of one such room and returns how many. The rows stay, so that a late retry finds its
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
  where id = find_ended_room(p_closed_before) and closed_at <= p_closed_before and blanked_at is null
  for no key update skip locked;
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

-- Applies the retention of room types: truncates rooms whose messages are older than the type keeps them, looking at up
-- to p_limit rooms above p_after. Returns the last room it looked at, where the next call continues, or null after the
-- last one. The messages of a day are removed together at its end (UTC), so that a room's log gets one entry a day.
create or replace function expire_messages(p_after uuid, p_limit integer) returns uuid language plpgsql volatile
as $$
declare
  v_ids uuid[];
  v record;
begin
  if not exists (select from room_types where keep_days is not null) then
    return null;
  end if;
  v_ids := array(select id from rooms where p_after is null or id > p_after order by id limit p_limit);
  for v in
    select r.id, date_trunc('day', clock_ms(), 'UTC') - t.keep_days * interval '1 day' as kept_since
    from rooms r join room_types t on t.tenant_id = r.tenant_id and t.name = coalesce(r.type, r.kind)
    where r.id = any (v_ids) and t.keep_days is not null and r.closed_at is null
    order by r.id
  loop
    perform expire_messages_of(v.id, v.kept_since);
  end loop;
  return case when cardinality(v_ids) = p_limit then v_ids[p_limit] end;
end
$$;

-- Truncates a room below p_kept_since, if it has older messages.
create or replace function expire_messages_of(p_room_id uuid, p_kept_since timestamptz) returns void language plpgsql volatile
as $$
declare
  r rooms;
  v_first_seq bigint;
begin
  perform from (
    select m.created_at from messages m
    where m.room_id = p_room_id and m.seq >= coalesce((select first_seq from rooms where id = p_room_id), 0)
    order by m.seq limit 1
  ) oldest
  where oldest.created_at < p_kept_since;
  if not found then
    return;
  end if;
  select * into r from rooms where id = p_room_id and closed_at is null for no key update skip locked;
  -- One piece of a long backlog; the next call takes the next one.
  select coalesce(min(seq) filter (where created_at >= p_kept_since), max(seq) + 1) into v_first_seq
  from (
    select seq, created_at from messages
    where room_id = r.id and seq >= coalesce(r.first_seq, 0)
    order by seq limit 10000
  ) piece;
  if r.id is not null then
    perform let_messages_go(r, coalesce(v_first_seq, r.head + 1));
  end if;
end
$$;
