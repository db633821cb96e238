-- Rows as the wire contract shows them. New functions; nothing calls them before this release.
-- A later release that changes one must keep what the release before it expects.

-- Up Migration

-- ISO 8601, UTC, milliseconds.
create function wire_time(p_time timestamptz) returns text language sql stable
as $$ select to_char(p_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- A log's identity: it changes when the whole database (incarnation) or this room (epoch) is not a continuation.
create function wire_epoch(p_epoch bigint) returns text language sql stable
as $$ select incarnation || '.' || p_epoch from cluster $$;

create function wire_user(u users) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'id', u.id, 'kind', u.kind, 'name', u.name, 'displayName', u.display_name, 'color', u.color,
    'avatarId', u.avatar_id))
$$;

-- As in a log entry, without the count of members, which moves without taking a rev.
create function wire_room(r rooms) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'id', r.id, 'kind', r.kind, 'title', r.title, 'visibility', r.visibility,
    'locked', r.password_hash is not null, 'capacity', r.capacity, 'ephemeral', r.ephemeral,
    'owner', (select wire_user(u) from users u where u.id = r.owner_id),
    'rev', r.rev, 'createdAt', wire_time(r.created_at), 'closedAt', wire_time(r.closed_at)))
$$;

create function wire_counted_room(r rooms) returns jsonb language sql stable
as $$ select wire_room(r)::jsonb || jsonb_build_object('memberCount', r.member_count) $$;

-- A deleted message keeps its place and loses its content.
create function wire_message(m messages) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'roomId', m.room_id, 'seq', m.seq, 'rev', m.rev, 'clientId', m.client_id, 'sender', m.sender, 'kind', m.kind,
    'text', m.text, 'attachments', coalesce(m.payload -> 'attachments', '[]'), 'replyTo', m.payload -> 'replyTo',
    'createdAt', wire_time(m.created_at), 'editedAt', wire_time(m.edited_at),
    'deletedAt', wire_time(m.deleted_at)))
$$;

create function wire_member(m memberships) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'user', (select wire_user(u) from users u where u.id = m.user_id), 'role', m.role,
    'mutedUntil', case when m.muted_until > now() then wire_time(m.muted_until) end,
    'banned', case when m.banned then true end))
$$;

-- How many messages of others lie above the reader's mark; counting stops at 100.
create function count_unread(p_room_id uuid, p_user_id uuid, p_read_seq bigint) returns integer language sql stable
as $$
  select count(*)::int from (
    select from messages
    where room_id = p_room_id and seq > p_read_seq and deleted_at is null and sender_id <> p_user_id
    limit 100
  ) counted
$$;

-- The RoomState of a member, without `online`; null for everyone else and for a closed room.
create function read_state(p_room_id uuid, p_user_id uuid) returns json language sql stable
as $$
  select json_build_object(
    'room', wire_counted_room(r),
    'membership', json_strip_nulls(json_build_object(
      'role', m.role, 'joinedAt', m.joined_at_rev, 'readSeq', m.read_seq,
      'mutedUntil', case when m.muted_until > now() then wire_time(m.muted_until) end)),
    'epoch', wire_epoch(r.epoch), 'head', r.head, 'unread', count_unread(r.id, m.user_id, m.read_seq))
  from memberships m join rooms r on r.id = m.room_id
  where m.room_id = p_room_id and m.user_id = p_user_id and not m.banned and r.closed_at is null
$$;

-- How a function refuses: by value, since a refusal is no error of the database (see call() in pool.ts).
create function refuse(p_code text, p_details json default null) returns json language sql immutable
as $$ select json_build_object('refused', json_strip_nulls(json_build_object('code', p_code, 'details', p_details))) $$;

-- Why someone may not act as a member of a room, as a code; null when they may. The one order of these answers:
-- append_messages has the same.
create function member_refusal(r rooms, m memberships) returns text language sql immutable
as $$
  select case
    when r.id is null then 'not_found'
    when m.room_id is null and r.visibility = 'public' and r.kind = 'room' then 'forbidden'
    when m.room_id is null then 'not_found'
    when m.banned then 'banned'
    when r.closed_at is not null then 'room_closed'
  end
$$;
