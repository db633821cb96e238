-- Inbox items: notifications of the cluster itself, each of which points at a message (or, without a seq, at a room).
-- They have no content of their own. What they show is joined when they are read, under the reader's rights of that
-- moment. `unread` counts rows in the same way, so it never differs from the list.

-- From which seq on a member is shown a room's items; null if none: message:list would refuse.
create or replace function items_shown_from(r rooms, m memberships) returns bigint language sql stable
as $$ select case when member_refusal(r, m) is null then coalesce(shown_from(r, m, m.user_id), 0) end $$;

-- Whether an item is shown: message:list would show its message, or it points at the room alone. p_found_seq is null if
-- there is no message.
create or replace function is_item_shown(
  p_shown_from bigint, p_seq bigint, p_found_seq bigint, p_deleted_at timestamptz
) returns boolean language sql immutable
as $$
  select p_shown_from is not null
    and (p_seq is null or (p_found_seq is not null and p_deleted_at is null and p_seq >= p_shown_from))
$$;

-- An item as a notification. `title`, `text` and `link` are what clients show that know no items.
create or replace function wire_item(n notifications, b notification_batches, r rooms, msg messages) returns json
language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'id', n.id, 'type', b.type,
    'data', json_build_object(
      'title', concat_ws(' · ', author.sender ->> 'name', nullif(r.title, '')),
      'text', nullif(left(msg.text, 200), ''),
      'link', concat_ws('/', '/rooms', r.id, b.seq),
      'roomId', r.id, 'seq', b.seq, 'rootSeq', b.root_seq, 'sender', author.sender),
    'createdAt', wire_time(n.created_at), 'readAt', wire_time(n.read_at)))
  from (
    select coalesce(wire_sender(msg), (
      select jsonb_build_object('id', u.id, 'name', coalesce(u.display_name, u.name), 'color', u.color, 'kind', u.kind)
      from users u where u.id = b.sender_id)) as sender
  ) author
$$;

-- A notification as its user is shown it; null if it is an item that the user is not shown.
create or replace function wire_shown_notification(n notifications, b notification_batches) returns json
language plpgsql stable
as $$
declare
  r rooms;
  m memberships;
  msg messages;
begin
  if b.room_id is null then
    return wire_notification(n, b);
  end if;
  select * into r from rooms where id = b.room_id;
  select * into m from memberships where room_id = b.room_id and user_id = n.user_id;
  select * into msg from messages where room_id = b.room_id and seq = b.seq;
  return case when is_item_shown(items_shown_from(r, m), b.seq, msg.seq, msg.deleted_at) then wire_item(n, b, r, msg) end;
end
$$;

-- How many unread notifications notification:list would show. It is PL/pgSQL, as are the next ones, so that each session
-- plans it once.
create or replace function count_unread_notifications(p_user_id uuid) returns integer language plpgsql stable
-- As in store_messages: only index look-ups.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_unread integer;
  v_hidden integer := 0;
begin
  select count(*) into v_unread from notifications where user_id = p_user_id and read_at is null;
  if exists (select from notifications where user_id = p_user_id and read_at is null and room_id is not null) then
    -- Rights are read once a room.
    with rights as materialized (
      select items.room_id, items_shown_from(r, m) as shown_from
      from (
        select distinct room_id from notifications where user_id = p_user_id and read_at is null and room_id is not null
      ) items
      left join rooms r on r.id = items.room_id
      left join memberships m on m.room_id = items.room_id and m.user_id = p_user_id
    )
    select count(*) into v_hidden
    from rights
    join notifications n on n.user_id = p_user_id and n.room_id = rights.room_id and n.read_at is null
    join notification_batches b on b.id = n.batch_id
    left join messages msg on msg.room_id = b.room_id and msg.seq = b.seq
    where not is_item_shown(rights.shown_from, b.seq, msg.seq, msg.deleted_at);
  end if;
  return v_unread - v_hidden;
end
$$;

-- How many unread items of a room its member is shown that point at a message; counting stops at 100.
create or replace function count_mentions(r rooms, m memberships) returns integer language plpgsql stable
as $$
declare
  v_shown_from bigint;
begin
  -- Most rooms have none, and the rights cost more than this.
  perform from notifications where user_id = m.user_id and room_id = r.id and read_at is null limit 1;
  if not found then
    return 0;
  end if;
  v_shown_from := items_shown_from(r, m);
  return (
    select count(*) from (
      select from notifications n
      join notification_batches b on b.id = n.batch_id
      join messages msg on msg.room_id = b.room_id and msg.seq = b.seq
      where n.user_id = m.user_id and n.room_id = r.id and n.read_at is null
        and is_item_shown(v_shown_from, b.seq, msg.seq, msg.deleted_at)
      limit 100
    ) counted);
end
$$;

-- Marks as read a user's items of a room up to a message, and returns how many. The caller has locked the membership
-- (write_items locks it, too), so no item of a message that is read is written afterwards.
create or replace function read_items(p_user_id uuid, p_room_id uuid, p_seq bigint) returns integer language plpgsql volatile
as $$
begin
  return read_item_ids(p_user_id, array(
    select n.id from notifications n join notification_batches b on b.id = n.batch_id
    where n.user_id = p_user_id and n.room_id = p_room_id and n.read_at is null and coalesce(b.seq, 0) <= p_seq));
end
$$;

-- Marks these notifications of a user as read, and returns how many were not.
create or replace function read_item_ids(p_user_id uuid, p_ids uuid[]) returns integer language plpgsql volatile
as $$
declare
  v_head bigint;
  v_count integer;
begin
  if cardinality(p_ids) = 0 then
    return 0;
  end if;
  select head into v_head from inboxes where user_id = p_user_id for no key update;
  update notifications set read_at = clock_ms(), rev = v_head + 1 where id = any (p_ids) and read_at is null;
  get diagnostics v_count = row_count;
  if v_count > 0 then
    update inboxes set head = head + 1, unread = unread - v_count where user_id = p_user_id;
    insert into signals (kind, user_ids) values ('notified', array[p_user_id]);
  end if;
  return v_count;
end
$$;

-- Writes the item of a user whom another person has just added to a room. The caller has locked the room and inserted the
-- membership. The item points at the room alone, and goes with the membership.
create or replace function write_invitation(r rooms, p_user_id uuid, p_actor_id uuid) returns void language plpgsql volatile
as $$
declare
  v_batch_id constant uuid := gen_random_uuid();
  v_id constant uuid := gen_random_uuid();
  v_head bigint;
begin
  insert into inboxes (user_id, tenant_id) values (p_user_id, r.tenant_id) on conflict do nothing;
  update inboxes set head = head + 1, unread = unread + 1 where user_id = p_user_id returning head into v_head;
  insert into notification_batches (id, tenant_id, sender_id, type, data, ids, room_id)
  values (v_batch_id, r.tenant_id, p_actor_id, 'madang.invited', '{}', array[v_id], r.id);
  insert into notifications (id, user_id, seq, rev, batch_id, created_at, room_id)
  values (v_id, p_user_id, v_head, v_head, v_batch_id, clock_ms(), r.id);
  insert into signals (kind, user_ids) values ('notified', array[p_user_id]);
end
$$;
