-- Reading the log of a room: the changes after a position. All functions but raise_epoch read only and take no lock.

-- The frame of what the calling function has just done to a room whose head was p_after.
create or replace function new_frame(p_room_id uuid, p_after bigint) returns json language sql stable
as $$ select read_log(p_room_id, p_after, 200, 65536) $$;

-- The changes of a room in (p_after, head], in rev order, as a Frame: at most p_limit entries and about p_max_bytes of
-- JSON, but at least one, so that a reader always makes progress. If something is left out, `more` is set and `head` is
-- the rev of the last change that fits. Messages below first_seq have no entry. null if the room does not exist.
--
-- A message has its entry at its last change.
--
-- STABLE: all its reads share the snapshot of the calling statement, which makes a frame cover every rev it spans.
create or replace function read_log(p_room_id uuid, p_after bigint, p_limit integer, p_max_bytes integer)
returns json language sql stable
as $$ select read_log_from(p_room_id, p_after, p_limit, p_max_bytes, 0, null) $$;

-- The same for a reader who is shown no message below p_shown_from: changes of those messages have no entry.
--
-- A change of what stands on a message comes as an edit of the message. If that change is above the head of the page, it
-- may reach the reader live, as an annotation without the text. So such a message is also at the place where it was sent.
-- Only for p_reader_id, a member in this snapshot: a feed (null) shows nothing live between two pages, and may have
-- listeners whose membership ends before the change.
create or replace function read_log_from(
  p_room_id uuid, p_after bigint, p_limit integer, p_max_bytes integer, p_shown_from bigint, p_reader_id uuid
) returns json language plpgsql stable
as $$
declare
  r rooms;
  v_entries json[];
  v_last bigint;
  v_has_more boolean;
begin
  select * into r from rooms where id = p_room_id;
  if r.id is null then
    return null;
  end if;
  with change as (
    -- Each branch is an index scan that stops after p_limit + 1 rows.
    (select m.seq as rev, nullif(m.rev, m.seq) as later_rev, json_build_object('rev', m.seq, 'type', 'message',
        'message', wire_message_to(m, p_reader_id)) as entry
      from messages m where m.room_id = p_room_id and m.seq > p_after
        and (m.rev = m.seq or (p_reader_id is not null and m.payload ? 'annotations')) and m.seq >= greatest(r.first_seq, p_shown_from)
      order by m.seq limit p_limit + 1)
    union all
    (select m.rev, null, json_build_object('rev', m.rev,
        'type', case when m.deleted_at is null then 'edit' else 'delete' end, 'message', wire_message_to(m, p_reader_id))
      from messages m where m.room_id = p_room_id and m.rev > p_after and m.rev <> m.seq
        and m.seq >= greatest(r.first_seq, p_shown_from)
      order by m.rev limit p_limit + 1)
    union all
    (select s.left_at_rev, null, json_build_object('rev', s.left_at_rev, 'type', 'left',
        'user', (select wire_user(u) from users u where u.id = s.user_id), 'reason', s.reason)
      from membership_spans s where s.room_id = p_room_id and s.left_at_rev > p_after
      order by s.left_at_rev limit p_limit + 1)
    union all
    (select r.rev, null, json_build_object('rev', r.rev, 'type', 'room', 'room', wire_room(r)) where r.rev > p_after)
  ),
  numbered as (
    select rev, later_rev, entry, row_number() over w as no, sum(octet_length(entry::text)) over w as bytes
    from change window w as (order by rev)
  ),
  fitting as (
    select rev, later_rev, entry, max(rev) over () as last from numbered
    where no = 1 or (no <= p_limit and bytes <= p_max_bytes)
  )
  select array_agg(entry order by rev) filter (where later_rev is null or later_rev > last), max(last),
    (select count(*) from numbered) > count(*)
  into v_entries, v_last, v_has_more
  from fitting;

  return drop_null_fields(json_build_object(
    'roomId', r.id, 'epoch', wire_epoch(r.epoch),
    'after', least(p_after, r.head), 'head', case when v_has_more then v_last else r.head end,
    'entries', coalesce(array_to_json(v_entries), '[]'), 'more', case when v_has_more then true end));
end
$$;

-- What a reader with a cursor is missing: a page of the log, or a reset if the cursor is not on it. The reader is shown
-- no message below p_shown_from.
--   other epoch, cursor above head   empty, after = head: the timeline starts over, history comes by message:list
--   rejoined since                   from joinedAt - 1: the reader may not see what happened in between
create or replace function read_log_as_reader(
  r rooms, m memberships, p_shown_from bigint, p_epoch text, p_after bigint, p_limit integer, p_max_bytes integer
) returns json language plpgsql stable
as $$
begin
  if p_epoch <> wire_epoch(r.epoch) or p_after > r.head then
    return json_build_object('roomId', r.id, 'epoch', wire_epoch(r.epoch), 'after', r.head, 'head', r.head,
      'entries', json_build_array(), 'reset', true);
  end if;
  if p_after < m.joined_at_rev - 1 then
    return read_log_from(r.id, m.joined_at_rev - 1, p_limit, p_max_bytes, p_shown_from, m.user_id)::jsonb
      || '{"reset": true}';
  end if;
  return read_log_from(r.id, p_after, p_limit, p_max_bytes, p_shown_from, m.user_id);
end
$$;

-- read_log_as_reader for the previous release, which shows members everything.
create or replace function read_log_as_member(
  r rooms, m memberships, p_epoch text, p_after bigint, p_limit integer, p_max_bytes integer
) returns json language sql stable
as $$ select read_log_as_reader(r, m, 0, p_epoch, p_after, p_limit, p_max_bytes) $$;

-- room:sync. Membership is read in the same snapshot as the log. Members of a closed room may read its log to the end,
-- since they were members up to there.
-- p_actor_id holds the grants that count: the user or, if a service calls as the user, the service. p_reads_along: the
-- caller is a service that may read overseen rooms.
create or replace function sync_reader(
  p_room_id uuid, p_user_id uuid, p_actor_id uuid, p_reads_along boolean, p_epoch text, p_after bigint, p_limit integer,
  p_max_bytes integer
) returns json language plpgsql stable
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := reading_refusal(r, m, p_reads_along and is_service_of(r.tenant_id, p_actor_id));
  -- A foreign key keeps members within the room's tenant; for strangers from another tenant the room does not exist.
  if v_refusal = 'forbidden' and not exists (select from users where id = p_user_id and tenant_id = r.tenant_id) then
    v_refusal := 'not_found';
  end if;
  if v_refusal is not null and v_refusal <> 'room_closed' then
    return refuse(v_refusal);
  end if;
  return read_log_as_reader(r, m, shown_from(r, m, p_actor_id), p_epoch, p_after, p_limit, p_max_bytes);
end
$$;

-- room:sync for gateways of the previous release, during a rolling upgrade.
create or replace function sync_room(
  p_room_id uuid, p_user_id uuid, p_epoch text, p_after bigint, p_limit integer, p_max_bytes integer
) returns json language sql stable
as $$ select sync_reader(p_room_id, p_user_id, p_user_id, false, p_epoch, p_after, p_limit, p_max_bytes) $$;

-- session:start: the frames of the user's open rooms that moved or need a reset, latest activity first,
-- p_max_bytes in total. Rooms that no longer fit are left out, and the client syncs them one by one.
create or replace function sync_rooms(
  p_user_id uuid, p_room_ids uuid[], p_epochs text[], p_afters bigint[], p_limit integer, p_max_bytes integer
) returns json language plpgsql stable
as $$
declare
  v record;
  v_frame json;
  v_frames json[] := '{}';
  v_left integer := p_max_bytes;
begin
  for v in
    select rooms as room, memberships as membership, cursors.epoch, cursors.after
    from unnest(p_room_ids, p_epochs, p_afters) as cursors (room_id, epoch, after)
    join memberships on memberships.room_id = cursors.room_id and memberships.user_id = p_user_id
    join rooms on rooms.id = cursors.room_id
    where not memberships.banned and rooms.closed_at is null
      and (cursors.epoch <> wire_epoch(rooms.epoch) or cursors.after <> rooms.head
        or cursors.after < memberships.joined_at_rev - 1)
    order by rooms.active_at desc
  loop
    v_frame := read_log_as_reader(
      v.room, v.membership, shown_from(v.room, v.membership, p_user_id), v.epoch, v.after, p_limit, v_left);
    v_left := v_left - octet_length(v_frame::text);
    exit when v_left < 0;
    v_frames := v_frames || v_frame;
  end loop;
  return array_to_json(v_frames);
end
$$;

-- Which of these rooms the user is not in, since which rev, and why. A room that the database does not have (after a
-- restore) counts as removed at 0. A closed room ended for every member right after its last entry.
create or replace function ended_rooms(p_user_id uuid, p_room_ids uuid[]) returns json language sql stable
as $$
  select coalesce(json_agg(json_build_object(
    'roomId', asked.room_id,
    'leftAt', coalesce(case when is_member then r.head + 1 end, s.left_at_rev, 0),
    'reason', coalesce(case when is_member then 'closed' end, s.reason, 'removed'))), '[]')
  from unnest(p_room_ids) as asked (room_id)
  left join rooms r on r.id = asked.room_id
  left join lateral (
    select * from membership_spans s where s.room_id = asked.room_id and s.user_id = p_user_id
    order by joined_at_rev desc limit 1
  ) s on true
  cross join lateral (
    select exists (
      select from memberships m where m.room_id = asked.room_id and m.user_id = p_user_id and not m.banned
    ) as is_member
  ) current
  where not is_member or r.closed_at is not null
$$;

-- Locks the room's row and gives its log a new identity, after a node has seen that the log is shorter than before: the
-- database has lost the log's end (a failover, a restore). Acts only if that is still so. The new number comes from the
-- clock, so a database that loses its end twice does not give two logs the same name.
create or replace function raise_epoch(p_room_id uuid, p_epoch text, p_position bigint) returns boolean language sql volatile
as $$
  with raised as (
    update rooms set epoch = greatest(epoch + 1, extract(epoch from clock_timestamp())::bigint)
    where id = p_room_id and wire_epoch(epoch) = p_epoch and head < p_position
    returning id
  ), noted as (
    insert into moves (rooms) select uuid_send(id) || int8send(-1) from raised
  )
  select true from raised
$$;
