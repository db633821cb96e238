-- Changing stored messages, and what a member has read. Editing and deleting lock the room, so that revs follow the
-- order of commits. mark_read locks only the reader's membership.
--
-- Each returns {refused} or its result; the `frame` in a result is what the change added to the log.

-- Gives a message of a locked room the room's next rev and the given content. A null p_payload leaves the payload as it
-- is.
create or replace function rewrite_message(r rooms, p_seq bigint, p_text text, p_payload jsonb, p_is_deleted boolean)
returns json language plpgsql volatile
as $$
begin
  update messages set
    rev = r.head + 1,
    text = p_text,
    payload = coalesce(p_payload, payload),
    edited_at = case when p_is_deleted then edited_at else clock_ms() end,
    deleted_at = case when p_is_deleted then clock_ms() end
  where room_id = r.id and seq = p_seq;
  update rooms set head = head + 1 where id = r.id;
  perform note_move(r.id);
  return json_build_object('seq', p_seq, 'rev', r.head + 1, 'frame', new_frame(r.id, r.head));
end
$$;

-- rewrite_message for the previous release.
create or replace function change_message(r rooms, p_seq bigint, p_text text, p_is_deleted boolean) returns json language sql volatile
as $$ select rewrite_message(r, p_seq, p_text, case when p_is_deleted then '{}'::jsonb end, p_is_deleted) $$;

-- The payload without mentions of people whose names no longer stand in the text.
create or replace function keep_mentions(p_payload jsonb, p_text text) returns jsonb language sql immutable
as $$
  select case when p_payload ? 'mentions' then p_payload - 'mentions' || coalesce((
    select jsonb_build_object('mentions', jsonb_agg(mention order by no))
    from jsonb_array_elements(p_payload -> 'mentions') with ordinality as m (mention, no)
    where strpos(normalize(p_text), '@' || (mention ->> 'name')) > 0 having count(*) > 0
  ), '{}') else p_payload end
$$;

-- message:edit, of one's own messages. p_patch may have text and data; `data: null` removes the data.
-- Its actorId holds the grants that count, if they are not the user's: the service that calls as the user.
create or replace function revise_message(p_room_id uuid, p_user_id uuid, p_seq bigint, p_patch jsonb)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_message messages;
  v_refusal text;
  v_mute json;
  v_granted text[];
  v_actor_id constant uuid := coalesce((p_patch ->> 'actorId')::uuid, p_user_id);
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_granted := granted_to(r, m, v_actor_id);
  v_refusal := writer_refusal(r, m);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  v_mute := mute_refusal(m);
  if v_mute is not null then
    return v_mute;
  end if;
  select * into v_message from messages
  where room_id = p_room_id and seq = p_seq and seq >= shown_from(r, m, v_actor_id);
  return case
    when v_message.seq is null then refuse('not_found')
    when v_message.sender_id <> p_user_id then refuse('forbidden')
    when v_message.deleted_at is not null then refuse('conflict')
    when not 'edit' = any (v_granted) or v_message.created_at < clock_ms() - (
      select edit_minutes from room_types where tenant_id = r.tenant_id and name = coalesce(r.type, r.kind)
    ) * interval '1 minute' then refuse('grant:edit')
    when p_patch ? 'data' and not 'data' = any (v_granted) then refuse('grant:data')
    else rewrite_message(r, p_seq, coalesce(p_patch ->> 'text', v_message.text), keep_mentions(case
      when p_patch -> 'data' = 'null' then v_message.payload - 'data'
      when p_patch ? 'data' then v_message.payload || jsonb_build_object('data', p_patch -> 'data')
      else v_message.payload end, coalesce(p_patch ->> 'text', v_message.text)), false)
  end;
end
$$;

-- message:edit for gateways of the previous release, during a rolling upgrade.
create or replace function edit_message(p_room_id uuid, p_user_id uuid, p_seq bigint, p_text text)
returns json language sql volatile
as $$ select revise_message(p_room_id, p_user_id, p_seq, jsonb_build_object('text', p_text)) $$;

-- message:delete. Everyone may delete their own messages; moderators, the owner and services may delete any. A repeat
-- returns the rev of the first call. p_actor_id holds the grants that count: the user or, if a service calls as the
-- user, the service. The user decides whose message it is, and whether the room accepts writes.
create or replace function remove_message(p_room_id uuid, p_user_id uuid, p_actor_id uuid, p_seq bigint)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_is_service boolean;
  v_message messages;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_is_service := is_service_of(r.tenant_id, p_user_id);
  v_refusal := coalesce(actor_refusal(r, m, v_is_service), case when r.archived_at is not null then 'archived' end);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  select * into v_message from messages
  where room_id = p_room_id and seq = p_seq and seq >= shown_from(r, m, p_actor_id);
  v_refusal := grant_refusal(
    r, m, p_actor_id, case when v_message.sender_id = p_user_id then 'delete' else 'moderate' end);
  if v_refusal is null and v_message.sender_id <> p_user_id and v_message.deleted_at is null then
    perform write_audit(r.tenant_id, p_actor_id, 'message:delete', v_message.sender_id, r.id);
  end if;
  return case
    when v_message.seq is null then refuse('not_found')
    when v_refusal is not null then refuse(v_refusal)
    when v_message.deleted_at is not null then json_build_object('seq', p_seq, 'rev', v_message.rev)
    else rewrite_message(r, p_seq, '', jsonb_strip_nulls(jsonb_build_object('via', v_message.payload -> 'via')), true)
  end;
end
$$;

-- message:delete for gateways of the previous release, during a rolling upgrade.
create or replace function delete_message(p_room_id uuid, p_user_id uuid, p_seq bigint) returns json language sql volatile
as $$ select remove_message(p_room_id, p_user_id, p_user_id, p_seq) $$;

-- How many messages by others are above the reader's mark; counting stops at 100.
create or replace function count_unread(p_room_id uuid, p_user_id uuid, p_read_seq bigint) returns integer language plpgsql stable
set enable_seqscan = off
as $$
begin
  return (select count(*)::int from (
    select from messages
    where room_id = p_room_id and seq > p_read_seq and deleted_at is null and sender_id <> p_user_id
      and seq >= coalesce((select first_seq from rooms where id = p_room_id), 0)
    limit 100
  ) counted);
end
$$;

-- The RoomState of a member, without `online`; null for everyone else and for a closed room.
create or replace function read_state(p_room_id uuid, p_user_id uuid) returns json language plpgsql stable
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return (select json_build_object(
    'room', wire_counted_room(r),
    'membership', json_strip_nulls(json_build_object(
      'role', m.role, 'joinedAt', m.joined_at_rev, 'readSeq', m.read_seq,
      'mutedUntil', case when m.muted_until > now() then wire_time(m.muted_until) end,
      'may', to_json(granted_to(r, m, m.user_id)))),
    'epoch', wire_epoch(r.epoch), 'head', r.head, 'unread', count_unread(r.id, m.user_id, m.read_seq),
    'mentions', count_mentions(r, m), 'prefs', wire_prefs(r, m))
  from memberships m join rooms r on r.id = m.room_id
  where m.room_id = p_room_id and m.user_id = p_user_id and not m.banned and r.closed_at is null);
end
$$;

-- read:mark. A mark never moves backwards, nor above head, and reads the inbox items below it. It touches only the
-- membership and the reader's inbox, so it waits for no batch of messages.
create or replace function mark_read(p_room_id uuid, p_user_id uuid, p_seq bigint) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
  v_items integer;
begin
  select * into r from rooms where id = p_room_id;
  update memberships set read_seq = least(p_seq, r.head)
  where room_id = p_room_id and user_id = p_user_id and read_seq < least(p_seq, r.head);
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := member_refusal(r, m);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  v_items := read_items(p_user_id, p_room_id, m.read_seq);
  return read_mark(r, m) || jsonb_build_object('items', v_items);
end
$$;

-- read:mark with `back`: makes a message the first unread one, if it was read. Inbox items stay as they are.
create or replace function mark_unread(p_room_id uuid, p_user_id uuid, p_seq bigint) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id for no key update;
  v_refusal := member_refusal(r, m);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  -- What the reader is not shown does not count as unread.
  update memberships set read_seq = greatest(p_seq, shown_from(r, m, p_user_id), 1) - 1
  where room_id = p_room_id and user_id = p_user_id and read_seq >= greatest(p_seq, shown_from(r, m, p_user_id), 1)
  returning * into m;
  if not found then
    select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  end if;
  return read_mark(r, m) || jsonb_build_object('items', 0);
end
$$;

-- Where a member has read up to, and what is left.
create or replace function read_mark(r rooms, m memberships) returns jsonb language sql stable
as $$
  select jsonb_build_object(
    'readSeq', m.read_seq, 'unread', count_unread(r.id, m.user_id, m.read_seq), 'mentions', count_mentions(r, m))
$$;

-- room:prefs. p_patch has the fields that change; a null level or section is what it was before it was set.
create or replace function set_prefs(p_room_id uuid, p_user_id uuid, p_patch jsonb) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id for no key update;
  v_refusal := member_refusal(r, m);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  update memberships set
    level = case when p_patch ? 'level' then p_patch ->> 'level' else level end,
    section = case when p_patch ? 'section' then p_patch ->> 'section' else section end,
    hidden = coalesce((p_patch ->> 'hidden')::boolean, hidden),
    request = coalesce((p_patch ->> 'request')::boolean, request)
  where room_id = p_room_id and user_id = p_user_id
  returning * into m;
  return json_build_object('prefs', wire_prefs(r, m));
end
$$;
