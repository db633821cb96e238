-- Importing the past messages of a product, and reading messages back in bulk.

-- POST /rooms/:roomId/import. p_messages is an array of {clientId, senderId, text, createdAt, data}, oldest first. Each
-- is stored once, with its own time. Only an archived room accepts an import: where people write, old messages would
-- follow new ones.
--   conflict {archived: false}   the room is not archived
--   not_found {userIds}          senders whom the tenant does not have, or no longer has
--   invalid {index}              a message that is older than the one before it, or dated in the future
--   forbidden {quota: messages}  the tenant has used up its messages of the day
-- A refused call stores nothing.
create or replace function import_messages(p_room_id uuid, p_actor_id uuid, p_messages jsonb) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
  v_unknown json;
  v_index integer;
  v_count integer;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_actor_id;
  v_refusal := case when is_service_of(r.tenant_id, p_actor_id) then actor_refusal(r, m, true) else 'forbidden' end;
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  if r.archived_at is null then
    return refuse('conflict', '{"archived": false}');
  end if;
  select json_agg(distinct i.sender_id) into v_unknown from imported_items(r.id, p_messages) i
  where i.first_seq is null and not exists (
    select from users where id = i.sender_id and tenant_id = r.tenant_id and deleted_at is null);
  if v_unknown is not null then
    return refuse('not_found', json_build_object('userIds', v_unknown));
  end if;

  select min(i.no) - 1 into v_index from (
    select no, created_at, lag(created_at, 1, (
      select last.created_at from messages last where last.room_id = r.id order by last.seq desc limit 1
    )) over (order by no) as before
    from imported_items(r.id, p_messages) where first_seq is null and copy = 1
  ) i
  where i.created_at < i.before or i.created_at > clock_ms();
  if v_index is not null then
    return refuse('invalid', json_build_object('index', v_index));
  end if;

  if exists (
      select from room_types where tenant_id = r.tenant_id and name = coalesce(r.type, r.kind) and spent_until > clock_ms())
    and exists (select from imported_items(r.id, p_messages) where first_seq is null) then
    return refuse('forbidden', '{"quota": "messages"}');
  end if;

  insert into messages (room_id, seq, rev, sender_id, sender, client_id, text, payload, created_at)
  select r.id, r.head + new.place, r.head + new.place, u.id, jsonb_build_object(
      'id', u.id, 'name', coalesce(u.display_name, u.name), 'color', u.color, 'kind', u.kind),
    new.client_id, new.text,
    case when new.data is null then '{"imported": true}' else jsonb_build_object('imported', true, 'data', new.data) end,
    new.created_at
  from (
    select *, row_number() over (order by no) as place from imported_items(r.id, p_messages)
    where first_seq is null and copy = 1
  ) new
  join users u on u.id = new.sender_id;
  get diagnostics v_count = row_count;
  if v_count > 0 then
    -- Erasure and export find a user's rooms through these rows, also for senders who never were members.
    insert into membership_spans (room_id, user_id, joined_at_rev, left_at_rev, reason)
    select distinct r.id, i.sender_id, 0, 0, 'left' from imported_items(r.id, p_messages) i
    where not exists (select from membership_spans s where s.room_id = r.id and s.user_id = i.sender_id);
    update rooms set head = head + v_count where id = r.id;
    perform note_move(r.id);
  end if;
  return (
    select json_build_object('head', r.head + v_count, 'results', json_agg(json_build_object(
      'seq', i.first_seq, 'rev', i.first_seq, 'createdAt', wire_time(i.first_created_at),
      'duplicate', i.first_seq <= r.head or i.copy > 1) order by i.no))
    from imported_items(r.id, p_messages) i);
end
$$;

-- The items of an import in order, each with the message stored for it and its number among its copies.
create or replace function imported_items(p_room_id uuid, p_messages jsonb)
returns table (
  no bigint, client_id uuid, sender_id uuid, text text, created_at timestamptz, data jsonb, copy bigint, first_seq bigint,
  first_created_at timestamptz
) language sql stable rows 500
as $$
  select i.no, i.client_id, i.sender_id, i.text, i.created_at, i.data,
    row_number() over (partition by i.sender_id, i.client_id order by i.no), first.seq, first.created_at
  from (
    select no, (item ->> 'clientId')::uuid as client_id, (item ->> 'senderId')::uuid as sender_id, item ->> 'text' as text,
      (item ->> 'createdAt')::timestamptz as created_at, item -> 'data' as data
    from jsonb_array_elements(p_messages) with ordinality as given (item, no)
  ) i
  left join messages first
    on first.room_id = p_room_id and first.sender_id = i.sender_id and first.client_id = i.client_id
$$;

-- POST /messages/read: of the messages p_seqs[i] in p_room_ids[i], those that exist and that the reader may read, in
-- this order.
-- p_actor_id holds the grants that count: the user or, if a service calls as the user, the service.
create or replace function read_messages_at(
  p_tenant_id uuid, p_user_id uuid, p_actor_id uuid, p_room_ids uuid[], p_seqs bigint[]
) returns json language sql stable
as $$
  select coalesce(json_agg(wire_message(found) order by at.no), '[]')
  from unnest(p_room_ids, p_seqs) with ordinality as at (room_id, seq, no)
  join rooms r on r.id = at.room_id and r.tenant_id = p_tenant_id
  left join memberships m on m.room_id = r.id and m.user_id = p_user_id
  join messages found on found.room_id = r.id and found.seq = at.seq and found.seq >= shown_from(r, m, p_actor_id)
  where reading_refusal(r, m, is_service_of(p_tenant_id, p_actor_id)) is null
$$;

-- GET /rooms/:roomId/export: checks that the service may read the room, and writes the audit line.
create or replace function begin_export(p_tenant_id uuid, p_room_id uuid, p_actor_id uuid) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id and tenant_id = p_tenant_id;
  select * into m from memberships where room_id = r.id and user_id = p_actor_id;
  v_refusal := reading_refusal(r, m, is_service_of(p_tenant_id, p_actor_id));
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  perform write_audit(r.tenant_id, p_actor_id, 'room:export', null, r.id);
  return drop_null_fields(json_build_object('room', wire_counted_room(r), 'externalId', r.external_id));
end
$$;
