-- Inboxes. Like a room's log, an inbox has one counter, `head`: a notification takes the next number as its seq, and
-- each call that marks notifications as read takes the next one as its rev. Lock order: batches, inboxes by user id,
-- notifications. `unread` of an inbox counts all its unread rows, for gateways of the previous release;
-- count_unread_notifications counts what the user is shown.

-- POST /notifications. p_ids[i] is the notification for p_to[i]; a user who is named twice has the same id twice.
-- Either everyone is notified or nobody.
create or replace function notify_users(
  p_batch_id uuid, p_tenant_id uuid, p_sender_id uuid, p_key text, p_to uuid[], p_ids uuid[], p_type text, p_data json
) returns json language plpgsql volatile
as $$
declare
  v_ids uuid[];
  v_unknown uuid[];
  v_now timestamptz;
begin
  select ids into v_ids from notification_batches where sender_id = p_sender_id and key = p_key;
  if found then
    return json_build_object('ids', v_ids, 'duplicate', true);
  end if;
  select array_agg(unknown.user_id) into v_unknown from (
    select distinct asked.user_id from unnest(p_to) as asked (user_id)
    left join users u on u.id = asked.user_id and u.tenant_id = p_tenant_id and u.deleted_at is null
    where u.id is null
    limit 100
  ) unknown;
  if v_unknown is not null then
    return refuse('not_found', json_build_object('userIds', v_unknown));
  end if;

  insert into notification_batches (id, tenant_id, sender_id, key, type, data, ids)
  values (p_batch_id, p_tenant_id, p_sender_id, p_key, p_type, p_data, p_ids)
  on conflict (sender_id, key) do nothing;
  if not found then
    -- The same call arrived concurrently, and has committed by now.
    select ids into v_ids from notification_batches where sender_id = p_sender_id and key = p_key;
    return json_build_object('ids', v_ids, 'duplicate', true);
  end if;

  insert into inboxes (user_id, tenant_id)
  select distinct user_id, p_tenant_id from unnest(p_to) as asked (user_id) order by user_id
  on conflict do nothing;
  perform from inboxes where user_id = any (p_to) order by user_id for no key update;
  v_now := clock_ms();
  with moved as (
    update inboxes set head = head + 1, unread = unread + 1 where user_id = any (p_to) returning user_id, head
  )
  insert into notifications (id, user_id, seq, rev, batch_id, created_at)
  select asked.id, moved.user_id, moved.head, moved.head, p_batch_id, v_now
  from moved join (select distinct user_id, id from unnest(p_to, p_ids) as a (user_id, id)) asked using (user_id);
  insert into signals (kind, user_ids) values ('notified', p_to);
  return json_build_object('ids', p_ids, 'duplicate', false);
end
$$;

-- notification:read: marks those in p_ids, or p_up_to and everything before it. A repeat changes nothing.
create or replace function read_notifications(p_user_id uuid, p_ids uuid[], p_up_to uuid) returns json language plpgsql volatile
as $$
declare
  i inboxes;
  v_up_to bigint;
  v_count integer;
begin
  select * into i from inboxes where user_id = p_user_id for no key update;
  if p_up_to is not null then
    select seq into v_up_to from notifications where id = p_up_to and user_id = p_user_id;
    if not found then
      return refuse('not_found');
    end if;
    update notifications set read_at = clock_ms(), rev = i.head + 1
    where user_id = p_user_id and seq <= v_up_to and read_at is null;
  else
    update notifications set read_at = clock_ms(), rev = i.head + 1
    where id = any (p_ids) and user_id = p_user_id and read_at is null;
  end if;
  get diagnostics v_count = row_count;
  if v_count > 0 then
    update inboxes set head = head + 1, unread = unread - v_count where user_id = p_user_id;
    insert into signals (kind, user_ids) values ('notified', array[p_user_id]);
  end if;
  return json_build_object('unread', count_unread_notifications(p_user_id), 'changed', v_count > 0);
end
$$;

-- What is above a position in each of many inboxes: at most p_limit new notifications, in order, and which were marked
-- as read; `mentions` has the rooms whose items changed, with how many are unread. Inboxes with nothing new are left out.
create or replace function read_inboxes(p_user_ids uuid[], p_after bigint[], p_limit integer) returns json language sql stable
as $$
  select coalesce(json_agg(json_build_object(
    'userId', i.user_id, 'head', i.head, 'unread', count_unread_notifications(i.user_id),
    'created', coalesce(created.all, '[]'), 'read', coalesce(read.all, '[]'), 'mentions', mentions.all)), '[]')
  from unnest(p_user_ids, p_after) as asked (user_id, after)
  join inboxes i on i.user_id = asked.user_id and i.head <> asked.after
  cross join lateral (
    -- The limit counts what the user is shown: a full page says that there may be more.
    select json_agg(json_build_object('seq', seq, 'notification', notification) order by seq) as all
    from (
      select n.seq, shown.notification
      from notifications n
      join notification_batches b on b.id = n.batch_id
      cross join lateral (select wire_shown_notification(n, b) as notification offset 0) shown
      where n.user_id = i.user_id and n.seq > asked.after and shown.notification is not null
      order by n.seq limit p_limit
    ) newest
  ) created
  cross join lateral (
    select json_agg(json_build_object('rev', rev, 'id', id) order by rev, seq) as all
    from notifications where user_id = i.user_id and rev > asked.after and rev <> seq
  ) read
  cross join lateral (
    select json_object_agg(r.id, count_mentions(r, m)) as all
    from (
      select room_id from notifications where user_id = i.user_id and seq > asked.after and room_id is not null
      union
      select room_id from notifications where user_id = i.user_id and rev > asked.after and rev <> seq and room_id is not null
    ) changed
    join rooms r on r.id = changed.room_id
    join memberships m on m.room_id = r.id and m.user_id = i.user_id
  ) mentions
$$;

-- Deletes the oldest batch from before p_before with its notifications. Returns 0 if there is none.
create or replace function prune_notifications(p_before timestamptz) returns integer language plpgsql volatile
as $$
declare
  v_batch_id uuid;
begin
  select id into v_batch_id from notification_batches
  where created_at < p_before order by created_at limit 1 for update skip locked;
  if not found then
    return 0;
  end if;
  perform from inboxes where user_id in (select user_id from notifications where batch_id = v_batch_id)
  order by user_id for no key update;
  with gone as (
    delete from notifications where batch_id = v_batch_id returning user_id, read_at
  )
  update inboxes i set unread = i.unread - 1 from gone where gone.user_id = i.user_id and gone.read_at is null;
  delete from notification_batches where id = v_batch_id;
  return 1;
end
$$;
