-- Threads: a root and its replies, which stand in the same log. Who follows a thread, and how far they have read it.

-- Whether a message is the root of a thread, or may become one: a message that this sender is shown and that is in no
-- thread itself. For store_messages, under the lock of the room.
create or replace function is_thread_root(p_room_id uuid, p_sender_id uuid, p_payload jsonb) returns boolean language sql stable
as $$
  select exists (
    select from messages root
    where root.room_id = p_room_id and root.seq = (p_payload ->> 'threadOf')::bigint and root.thread_of is null
      and root.seq >= shown_from_to(p_room_id, p_sender_id, calling_id(p_sender_id, p_payload)))
$$;

-- The `thread` of a message that has replies, else null. Counting stops at 100. Replies are above their root, so
-- a reader who sees the root sees them.
create or replace function thread_summary(p_room_id uuid, p_root_seq bigint) returns json language sql stable
as $$
  select json_build_object('replies', count(*), 'lastSeq', max(seq)) from (
    -- Equal bounds and this order, so that only the index of threads serves it.
    select seq from messages where room_id = p_room_id and thread_of >= p_root_seq and thread_of <= p_root_seq
    order by thread_of desc, seq desc limit 100
  ) newest
  having count(*) > 0
$$;

-- A message in a page, as wire_message_to, with its thread if it is the root of one.
create or replace function wire_listed_message(m messages, p_user_id uuid) returns json language sql stable
as $$
  select with_field(wire_message_to(m, p_user_id), 'thread',
    case when m.thread_of is null then thread_summary(m.room_id, m.seq) end)
$$;

-- thread:follow. A message may be followed before anybody has replied. At most 1,000 users follow a thread.
create or replace function follow_thread(p_room_id uuid, p_user_id uuid, p_actor_id uuid, p_root_seq bigint, p_on boolean)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
  v_root messages;
begin
  select * into r from rooms where id = p_room_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := member_refusal(r, m);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  select * into v_root from messages
  where room_id = r.id and seq = p_root_seq and seq >= shown_from(r, m, p_actor_id);
  if v_root.seq is null then
    return refuse('not_found');
  elsif v_root.thread_of is not null then
    return refuse('conflict', json_build_object('threadOf', v_root.thread_of));
  elsif p_on and 1000 <= (
    select count(*) from thread_follows where room_id = r.id and root_seq = p_root_seq and not off and user_id <> p_user_id) then
    return refuse('forbidden', '{"quota": "threadFollowers", "max": 1000}');
  end if;
  insert into thread_follows as f (room_id, root_seq, user_id, read_seq, off)
  values (r.id, p_root_seq, p_user_id, coalesce((thread_summary(r.id, p_root_seq) ->> 'lastSeq')::bigint, p_root_seq), not p_on)
  on conflict (room_id, root_seq, user_id) do update set off = excluded.off where f.off <> excluded.off;
  return '{}';
end
$$;

-- read:mark with `threadOf`, and with p_back its way back. The lock of the follow's row decides between a mark and the
-- projector, as that of the membership does for the room. The room's mark stays where it is.
create or replace function mark_thread_read(p_room_id uuid, p_user_id uuid, p_root_seq bigint, p_seq bigint, p_back boolean)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
  v_items integer := 0;
begin
  select * into r from rooms where id = p_room_id;
  update thread_follows set read_seq = case when p_back then p_seq - 1 else least(p_seq, r.head) end
  where room_id = p_room_id and root_seq = p_root_seq and user_id = p_user_id
    and case when p_back then read_seq >= p_seq else read_seq < least(p_seq, r.head) end;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := member_refusal(r, m);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  if not p_back then
    v_items := read_item_ids(p_user_id, array(
      select n.id from notifications n join notification_batches b on b.id = n.batch_id
      where n.user_id = p_user_id and n.room_id = p_room_id and n.read_at is null
        and b.root_seq = p_root_seq and b.seq <= p_seq));
  end if;
  return read_mark(r, m) || jsonb_build_object('items', v_items);
end
$$;

-- thread:list: the roots of the threads that a user follows, by their last activity above p_before, p_before_room_id and
-- p_before_root. It looks at p_limit threads; those whose root the user is not shown any more are left out. `last` is the
-- key of the last thread of the page, if there may be more.
create or replace function list_threads(
  p_user_id uuid, p_before timestamptz, p_before_room_id uuid, p_before_root bigint, p_limit integer, p_max_bytes integer
) returns json language plpgsql stable
-- As in store_messages: only index look-ups.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return (
    with followed as (
      select f, row_number() over (order by f.active_at desc, f.room_id desc, f.root_seq desc) as place
      from thread_follows f
      where f.user_id = p_user_id and not f.off and (p_before is null
        or (f.active_at <= p_before and (f.active_at, f.room_id, f.root_seq) < (p_before, p_before_room_id, p_before_root)))
      order by f.active_at desc, f.room_id desc, f.root_seq desc
      limit p_limit + 1
    ), shown as (
      select place, f, wire_listed_message(root, p_user_id) as message
      from followed
      join rooms r on r.id = (f).room_id
      join memberships m on m.room_id = r.id and m.user_id = p_user_id
      join messages root on root.room_id = r.id and root.seq = (f).root_seq
      where place <= p_limit and member_refusal(r, m) is null and root.seq >= coalesce(shown_from(r, m, p_user_id), 0)
    ), measured as (
      select *, sum(octet_length(message::text)) over (order by place) as bytes from shown
    ), page as (
      select (
        select reply.seq from messages reply
        where reply.room_id = (f).room_id and reply.thread_of >= (f).root_seq and reply.thread_of <= (f).root_seq
          and reply.seq > (f).read_seq and reply.deleted_at is null and reply.sender_id <> p_user_id
        order by reply.thread_of, reply.seq limit 1) as unread_from, message, place
      from measured where bytes <= p_max_bytes
    ), ending as (
      select case
        when (select count(*) from page) < (select count(*) from measured) then (select max(place) from page)
        when (select count(*) from followed) > p_limit then p_limit end as place
    )
    select json_build_object(
      'threads', (select coalesce(json_agg(with_field(json_build_object('root', message), 'unreadFrom', to_json(unread_from)) order by place), '[]') from page),
      'last', (
        select json_build_array((f).active_at, (f).room_id, (f).root_seq::text) from followed
        where place = (select place from ending))));
end
$$;

-- For the projector: who follows the threads that have new replies in these rooms, up to p_heads. The author of the root,
-- those who reply and those who are mentioned follow, up to 1,000 a thread. Only a mention makes a user who unfollowed follow
-- again. Who replies has read up to there.
--
-- It locks the follows of these threads until the commit, so that list_items sees what was read by then, and a mark that
-- comes later reads the items. Called before write_items, for the lock order.
create or replace function follow_threads(p_room_ids uuid[], p_heads bigint[]) returns void language plpgsql volatile
set lock_timeout = '500ms'
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v record;
begin
  for v in
    select r.id as room_id, msg.thread_of as root_seq, min(msg.seq) as first, max(msg.seq) as last,
      max(msg.created_at) as at
    from unnest(p_room_ids, p_heads) as moved (room_id, head)
    join rooms r on r.id = moved.room_id and r.closed_at is null
    left join projector_positions p on p.room_id = moved.room_id
    join messages msg on msg.room_id = moved.room_id and msg.seq > coalesce(p.rev, 0) and msg.seq <= moved.head
    where msg.thread_of is not null and msg.deleted_at is null
    group by r.id, msg.thread_of
    order by r.id, msg.thread_of
  loop
    perform from thread_follows where room_id = v.room_id and root_seq = v.root_seq order by user_id for no key update;
    with reply as materialized (
      select seq, sender_id, payload from messages
      where room_id = v.room_id and thread_of >= v.root_seq and thread_of <= v.root_seq
        and seq >= v.first and seq <= v.last and deleted_at is null
    ), wish as (
      select user_id, max(own_seq) as own_seq, min(mentioned_seq) as mentioned_seq
      from (
        select sender_id as user_id, v.root_seq as own_seq, null::bigint as mentioned_seq from messages
        where room_id = v.room_id and seq = v.root_seq
        union all
        select sender_id, seq, null from reply
        union all
        select (mention ->> 'id')::uuid, null, seq from reply, jsonb_array_elements(payload -> 'mentions') as mention
      ) each
      group by user_id
    ), come as (
      select wish.*, row_number() over (order by wish.user_id) as nth
      from wish join memberships m on m.room_id = v.room_id and m.user_id = wish.user_id and not m.banned
      where not exists (
        select from thread_follows f
        where f.room_id = v.room_id and f.root_seq = v.root_seq and f.user_id = wish.user_id)
    ), added as (
      insert into thread_follows (room_id, root_seq, user_id, read_seq, active_at)
      select v.room_id, v.root_seq, user_id, coalesce(own_seq, mentioned_seq - 1), v.at from come
      where nth <= 1000 - (select count(*) from thread_follows where room_id = v.room_id and root_seq = v.root_seq)
      order by user_id
      on conflict do nothing
    )
    update thread_follows f set
      active_at = v.at,
      read_seq = greatest(f.read_seq, wish.own_seq),
      off = f.off and wish.mentioned_seq is null
    from thread_follows g left join wish on wish.user_id = g.user_id
    where g.room_id = v.room_id and g.root_seq = v.root_seq
      and f.room_id = g.room_id and f.root_seq = g.root_seq and f.user_id = g.user_id;
  end loop;
end
$$;
