-- Rows as the JSON of docs/protocol.md. Every function only reads, takes no lock, and sees the snapshot of the
-- statement that calls it. Absent fields are left out, never null.

-- ISO 8601, UTC, milliseconds.
create or replace function wire_time(p_time timestamptz) returns text language sql stable
as $$ select to_char(p_time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;

-- A log's identity. It changes when the log does not continue what clients hold: of the whole database (incarnation) or
-- of this room (epoch).
create or replace function wire_epoch(p_epoch bigint) returns text language plpgsql stable
as $$
begin
  return (select incarnation || '.' || p_epoch from cluster);
end
$$;

-- The object with one more field, unless its value is null. The value is not changed: json_strip_nulls would also
-- remove nulls from a product's own object.
create or replace function with_field(p_object json, p_name text, p_value json) returns json language sql immutable
as $$
  select case when p_value is null then p_object
    else (left(p_object::text, -1) || ',' || to_json(p_name) || ':' || p_value || '}')::json end
$$;

-- User: what every client may know.
create or replace function wire_user(u users) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'id', u.id, 'kind', u.kind, 'name', u.name, 'displayName', u.display_name, 'color', u.color,
    'avatarId', u.avatar_id))
$$;

-- What somebody says they are doing; null once that has ended.
create or replace function wire_status(u users) returns json language sql stable
as $$ select u.status::json where (u.status ->> 'until')::timestamptz > now() or not u.status ? 'until' $$;

create or replace function wire_dnd_until(u users) returns text language sql stable
as $$ select wire_time(u.dnd_until) where u.dnd_until > now() $$;

-- A user as those see them who look: with what they say they are doing. What others keep, such as rooms, has wire_user.
create or replace function wire_shown_user(u users) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'id', u.id, 'kind', u.kind, 'name', u.name, 'displayName', u.display_name, 'color', u.color,
    'avatarId', u.avatar_id, 'status', wire_status(u), 'dndUntil', wire_dnd_until(u)))
$$;

-- A user in a list of users or members.
create or replace function wire_listed_user(u users) returns json language sql stable
as $$ select with_field(wire_shown_user(u), 'data', u.data) $$;

-- A user with all fields, for services and for the user. Until the first connection seen_at is the time of creation.
create or replace function wire_whole_user(u users) returns json language sql stable
as $$
  select with_field(json_strip_nulls(json_build_object(
    'id', u.id, 'kind', u.kind, 'name', u.name, 'displayName', u.display_name, 'color', u.color,
    'avatarId', u.avatar_id, 'status', wire_status(u), 'dndUntil', wire_dnd_until(u),
    'directs', u.directs, 'externalId', u.external_id, 'createdAt', wire_time(u.created_at),
    'seenAt', case when u.seen_at > u.created_at then wire_time(u.seen_at) end,
    'disabled', case when u.disabled_at is not null then true end)), 'data', u.data)
$$;

-- The object without its null fields. Unlike json_strip_nulls it does not change what is inside them: a null in the
-- `data` of a room or message belongs to its sender.
create or replace function drop_null_fields(p_object json) returns json language sql immutable
as $$
  select coalesce(json_object_agg(field.key, field.value), '{}') from json_each(p_object) as field
  where json_typeof(field.value) <> 'null'
$$;

-- A direct room has no title of its own. It lists both of its users, including a deleted one. The product's own id of
-- the room is left out, since members do not see it.
--
-- In plpgsql, like read_state and the functions it calls: plpgsql keeps plans, while Postgres would plan the queries of an
-- SQL function for each room of a list. That took more than half of the time of session:start.
create or replace function wire_room(r rooms) returns json language plpgsql stable
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return with_field(json_strip_nulls(json_build_object(
    'id', r.id, 'kind', r.kind, 'type', coalesce(r.type, r.kind), 'title', r.title, 'visibility', r.visibility,
    'overseen', case when r.overseen then true end,
    'locked', r.password_hash is not null, 'capacity', r.capacity, 'ephemeral', r.ephemeral,
    'isDefault', case when r.is_default then true end,
    'owner', (select wire_user(u) from users u where u.id = r.owner_id),
    'users', case when r.kind = 'direct' then (
      select json_agg(wire_user(u) order by u.id) from users u
      where u.id = any (string_to_array(r.direct_key, ':')::uuid[])) end,
    'rev', r.rev, 'createdAt', wire_time(r.created_at), 'archivedAt', wire_time(r.archived_at),
    'closedAt', wire_time(r.closed_at), 'firstSeq', r.first_seq, 'topic', r.topic, 'slowSeconds', r.slow_seconds)),
    'data', r.data::json);
end
$$;

-- A room with its memberCount, which changes without a rev and so is not part of the log.
create or replace function wire_counted_room(r rooms) returns jsonb language sql stable
as $$ select wire_room(r)::jsonb || jsonb_build_object('memberCount', r.member_count) $$;

-- The sender as stored. v0.1.0 stored no kind; then the kind is the user's.
create or replace function wire_sender(m messages) returns jsonb language plpgsql stable
as $$
begin
  if m.sender ? 'kind' then
    return m.sender;
  end if;
  return m.sender || jsonb_build_object('kind', (select u.kind from users u where u.id = m.sender_id));
end
$$;

-- A deleted message keeps its place and loses its content. In plpgsql, like wire_sender: a page calls them for each message.
create or replace function wire_message(m messages) returns json language plpgsql stable
as $$
begin
  return with_field(json_strip_nulls(json_build_object(
    'roomId', m.room_id, 'seq', m.seq, 'rev', m.rev, 'clientId', m.client_id, 'sender', wire_sender(m),
    'via', m.payload -> 'via', 'kind', m.kind, 'text', m.text, 'attachments', coalesce(m.payload -> 'attachments', '[]'),
    'replyTo', m.payload -> 'replyTo', 'threadOf', m.thread_of, 'mentions', m.payload -> 'mentions', 'notify', m.payload -> 'notify',
    'imported', m.payload -> 'imported', 'annotations', nullif(m.payload -> 'annotations', '{}'),
    'createdAt', wire_time(m.created_at), 'editedAt', wire_time(m.edited_at), 'deletedAt', wire_time(m.deleted_at))),
    'data', (m.payload -> 'data')::json);
end
$$;

-- A message as this reader gets it: with `mine` at the reader's own reactions. For nobody in particular if p_user_id is
-- null.
create or replace function wire_message_to(m messages, p_user_id uuid) returns json language sql stable
as $$
  select wire_message(case
    when p_user_id is null or m.payload #> '{annotations,reactions}' is null then m
    else jsonb_populate_record(m, jsonb_build_object('payload', m.payload || jsonb_build_object('annotations',
      annotations_for(m.payload -> 'annotations', m.room_id, m.seq, p_user_id))))
  end)
$$;

-- RoomPrefs.
create or replace function wire_prefs(r rooms, m memberships) returns json language sql immutable
as $$
  select json_strip_nulls(json_build_object(
    'level', coalesce(m.level, case r.kind when 'direct' then 'all' else 'mentions' end),
    'section', m.section, 'hidden', m.hidden, 'request', m.request))
$$;

-- Member. A mute that has ended is left out.
create or replace function wire_member(m memberships) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'user', (select wire_user(u) from users u where u.id = m.user_id), 'role', m.role,
    'mutedUntil', case when m.muted_until > now() then wire_time(m.muted_until) end,
    'banned', case when m.banned then true end))
$$;

-- Member in a list.
create or replace function wire_listed_member(m memberships) returns jsonb language sql stable
as $$
  select wire_member(m)::jsonb
    || jsonb_build_object('user', (select wire_listed_user(u) from users u where u.id = m.user_id))
$$;

-- Attachment, with its addresses.
create or replace function wire_attachment(a attachments) returns json language sql immutable
as $$
  select json_build_object(
    'id', a.id, 'name', a.name, 'type', a.type, 'size', a.size, 'width', a.width, 'height', a.height,
    'url', '/api/v1/files/' || a.id, 'thumbnailUrl', '/api/v1/files/' || a.id || '/thumbnail')
$$;

-- Without json_strip_nulls, since a null within `data` belongs to the sender.
create or replace function wire_notification(n notifications, b notification_batches) returns json language sql stable
as $$
  select case
    when n.read_at is null then json_build_object(
      'id', n.id, 'type', b.type, 'data', b.data, 'createdAt', wire_time(n.created_at))
    else json_build_object(
      'id', n.id, 'type', b.type, 'data', b.data, 'createdAt', wire_time(n.created_at),
      'readAt', wire_time(n.read_at))
  end
$$;
