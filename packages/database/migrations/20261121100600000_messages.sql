-- Changing messages, and read marks. New functions; nothing calls them before this release.

-- Up Migration

-- Why a muted member may not write, with the time when that ends; null for everyone else.
create function mute_refusal(m memberships) returns json language sql volatile
as $$
  select refuse('forbidden', json_build_object('mutedUntil', wire_time(m.muted_until)))
  where m.muted_until > clock_timestamp()
$$;

-- Gives a message of a locked room the room's next rev and the given content.
create function change_message(r rooms, p_seq bigint, p_text text, p_is_deleted boolean)
returns json language plpgsql volatile
as $$
begin
  update messages set
    rev = r.head + 1,
    text = p_text,
    payload = case when p_is_deleted then '{}' else payload end,
    edited_at = case when p_is_deleted then edited_at else clock_ms() end,
    deleted_at = case when p_is_deleted then clock_ms() end
  where room_id = r.id and seq = p_seq;
  update rooms set head = head + 1 where id = r.id;
  return json_build_object('seq', p_seq, 'rev', r.head + 1, 'frame', new_frame(r.id, r.head));
end
$$;

-- message:edit, of one's own messages.
create function edit_message(p_room_id uuid, p_user_id uuid, p_seq bigint, p_text text)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_message messages;
  v_refusal text;
  v_mute json;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := member_refusal(r, m);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  v_mute := mute_refusal(m);
  if v_mute is not null then
    return v_mute;
  end if;
  select * into v_message from messages where room_id = p_room_id and seq = p_seq;
  return case
    when v_message.seq is null then refuse('not_found')
    when v_message.sender_id <> p_user_id then refuse('forbidden')
    when v_message.deleted_at is not null then refuse('conflict')
    else change_message(r, p_seq, p_text, false)
  end;
end
$$;

-- message:delete, of one's own messages; moderator and owner: of any. A repeat finds the rev of the first time.
create function delete_message(p_room_id uuid, p_user_id uuid, p_seq bigint) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_message messages;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := member_refusal(r, m);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  select * into v_message from messages where room_id = p_room_id and seq = p_seq;
  return case
    when v_message.seq is null then refuse('not_found')
    when v_message.sender_id <> p_user_id and role_rank(m.role) < 1 then refuse('forbidden')
    when v_message.deleted_at is not null then json_build_object('seq', p_seq, 'rev', v_message.rev)
    else change_message(r, p_seq, '', true)
  end;
end
$$;

-- read:mark: never backwards, never above head. Touches the membership alone, so it waits for no batch of messages.
create function mark_read(p_room_id uuid, p_user_id uuid, p_seq bigint) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id;
  update memberships set read_seq = least(p_seq, r.head)
  where room_id = p_room_id and user_id = p_user_id and read_seq < least(p_seq, r.head);
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := member_refusal(r, m);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  return json_build_object('readSeq', m.read_seq, 'unread', count_unread(r.id, p_user_id, m.read_seq));
end
$$;
