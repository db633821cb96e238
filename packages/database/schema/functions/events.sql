-- Events: what a tenant's service learns about its rooms, users and policy. The transaction that makes a change inserts
-- a note; for messages, the row in `moves` that it inserts anyway is enough. number_moves puts both into one order, and
-- read_events reads the current state of what they point to.

-- Inserts a note if the tenant has events. For an event of a room, the caller holds the room's lock.
create or replace function note_event(p_tenant_id uuid, p_type text, p_room_id uuid, p_user_id uuid, p_rev bigint)
returns void language sql volatile
as $$
  insert into event_notes (tenant_id, type, room_id, user_id, rev)
  select id, p_type, p_room_id, p_user_id, p_rev from tenants where id = p_tenant_id and event_days > 0
$$;

create or replace function note_room_event() returns trigger language plpgsql
as $$
begin
  if tg_op = 'INSERT' then
    perform note_event(new.tenant_id, 'room.created', new.id, null, new.head);
  elsif new.closed_at is not null and old.closed_at is null then
    perform note_event(new.tenant_id, 'room.closed', new.id, null, new.head);
  elsif new.rev <> old.rev then
    perform note_event(new.tenant_id, 'room.updated', new.id, null, new.rev);
  end if;
  return null;
end
$$;

-- A ban of a stranger, and the end of a ban, also change a member.
create or replace function note_member_event() returns trigger language plpgsql
as $$
declare
  m memberships := case when tg_op = 'DELETE' then old else new end;
  v_type text;
begin
  v_type := case tg_op
    when 'INSERT' then case when new.banned then 'member.updated' else 'member.added' end
    when 'DELETE' then case when old.banned then 'member.updated' else 'member.removed' end
    else case
      when new.banned and not old.banned then 'member.removed'
      when (new.role, new.muted_until, new.banned) is distinct from (old.role, old.muted_until, old.banned) then 'member.updated'
    end
  end;
  if v_type is not null and exists (select from tenants where id = m.tenant_id and event_days > 0) then
    perform note_event(m.tenant_id, v_type, m.room_id, m.user_id, (select head from rooms where id = m.room_id));
  end if;
  return null;
end
$$;

create or replace function note_user_event() returns trigger language plpgsql
as $$
begin
  if new.kind = 'service' then
    return null;
  elsif tg_op = 'INSERT' then
    perform note_event(new.tenant_id, 'user.created', null, new.id, null);
  elsif new.deleted_at is not null then
    if old.deleted_at is null then
      perform note_event(new.tenant_id, 'user.deleted', null, new.id, null);
    end if;
  elsif (new.name, new.display_name, new.color, new.avatar_id, new.external_id, new.disabled_at, new.data::text)
    is distinct from (old.name, old.display_name, old.color, old.avatar_id, old.external_id, old.disabled_at, old.data::text) then
    perform note_event(new.tenant_id, 'user.updated', null, new.id, null);
  end if;
  return null;
end
$$;

create or replace function note_erasure_event() returns trigger language plpgsql
as $$
begin
  if new.finished_at is not null and old.finished_at is null then
    perform note_event(new.tenant_id, 'user.erased', null, new.user_id, null);
  end if;
  return null;
end
$$;

-- Begins to number a tenant's changes: earlier changes are no events. Positions continue where they had ended.
create or replace function begin_events(p_tenant_id uuid) returns void language sql volatile
as $$
  update move_numbering set seen = pg_current_snapshot(), numbered_at = clock_ms() where seen is null;
  insert into event_rooms (room_id, head) select id, head from rooms where tenant_id = p_tenant_id
  on conflict (room_id) do update set head = excluded.head;
  insert into event_positions as p (tenant_id, position, pruned_to) values (p_tenant_id, 0, 0)
  on conflict (tenant_id) do update set pruned_to = p.position;
$$;

-- Sets for how many days events are kept, as the policy says. The caller has locked the tenant's row.
create or replace function set_event_days(p_tenant_id uuid, p_days integer) returns void language plpgsql volatile
as $$
declare
  v_days constant integer := (select event_days from tenants where id = p_tenant_id);
begin
  update tenants set event_days = p_days where id = p_tenant_id and event_days <> p_days;
  if p_days > 0 and v_days = 0 then
    perform begin_events(p_tenant_id);
  end if;
  perform note_event(p_tenant_id, 'policy.updated', null, null, null);
end
$$;

-- Numbers notes, up to p_to if it is given, and moves: p_heads[i] is the head of the log of p_room_ids[i]. Returns the
-- number of new pointers. The caller has locked the row of move_numbering.
--
-- A room's note has the `rev` of its log: everything below is visible by now, so it is numbered before the note. A
-- room's events follow its log, however late its moves are read.
create or replace function number_events(p_room_ids uuid[], p_heads bigint[], p_to bigint) returns integer language plpgsql volatile
as $$
declare
  v_count integer;
begin
  with taken as (
    delete from event_notes where no <= coalesce(p_to, 9223372036854775807) returning *
  ), note as materialized (
    select n.* from taken n join tenants t on t.id = n.tenant_id where t.event_days > 0
  ), head as (
    select room_id, max(head) as head from (
      select * from unnest(p_room_ids, p_heads) as moved (room_id, head)
      union all
      select room_id, rev from note where room_id is not null
    ) named group by room_id
  ), room as materialized (
    -- A replaced log is numbered up to its current head.
    select r.tenant_id, r.id as room_id, coalesce(known.head, 0) as after,
      case when r.head < known.head then r.head else greatest(known.head, head.head) end as head
    from head join rooms r on r.id = head.room_id join tenants t on t.id = r.tenant_id and t.event_days > 0
    left join event_rooms known on known.room_id = r.id
  ), known as (
    insert into event_rooms (room_id, head) select room_id, head from room where head <> after order by room_id
    on conflict (room_id) do update set head = excluded.head
  ), watched as (
    -- An existing row is locked even if it does not change: finish_unseen_room then sees these messages, or waits for
    -- them.
    insert into unseen_rooms as u (room_id, after, due_at)
    select room.room_id, room.after, clock_ms() + unseen_after()
    from room join rooms r on r.id = room.room_id
    join room_types t on t.tenant_id = r.tenant_id and t.name = coalesce(r.type, r.kind) and t.push
    where room.head > room.after and r.closed_at is null order by room.room_id
    on conflict (room_id) do update set due_at = excluded.due_at where excluded.due_at < u.due_at
  ), bound as (
    select tenant_id, room_id, after, head as rev from room
    union
    select room.tenant_id, room_id, after, rev from note join room using (room_id)
  ), stretch as (
    select tenant_id, room_id, lag(rev, 1, after) over (partition by room_id order by rev) as after, rev
    from bound where rev > after
  ), item as (
    select tenant_id, null::text as type, room_id, after, rev, null::bigint as note, null::uuid as user_id, null::bigint as seq,
      clock_ms() as at, rev - after as width
    from stretch
    union all
    select tenant_id, type, room_id, null, rev, no, user_id, seq, at, 1 from note
  ), placed as (
    -- Users first, since rooms refer to them.
    select *, sum(width) over (partition by tenant_id order by room_id is not null, room_id, rev, note nulls first) as place,
      sum(width) over (partition by tenant_id) as places
    from item
  ), counted as (
    insert into event_positions as p (tenant_id, position, pruned_to)
    select distinct tenant_id, places, 0 from placed order by tenant_id
    on conflict (tenant_id) do update set position = p.position + excluded.position
    returning tenant_id, position
  ), numbered as (
    insert into events (tenant_id, position, type, room_id, after, rev, note, user_id, seq, at)
    select tenant_id, position - places + place, type, room_id, after, rev, note, user_id, seq, at
    from placed join counted using (tenant_id)
    returning 1
  )
  select count(*) into v_count from numbered;
  return v_count;
end
$$;

-- Deletes up to p_limit events of each tenant that are older than its policy keeps them, and returns how many.
create or replace function prune_events(p_limit integer) returns integer language plpgsql volatile
as $$
declare
  v record;
  v_pruned integer;
  v_count integer := 0;
begin
  for v in select p.tenant_id, t.event_days from event_positions p join tenants t on t.id = p.tenant_id loop
    with oldest as (
      select position, at from events where tenant_id = v.tenant_id order by position limit p_limit
    ), gone as (
      delete from events e using oldest o
      where e.tenant_id = v.tenant_id and e.position = o.position
        and o.at <= clock_ms() - v.event_days * interval '1 day'
      returning e.position
    ), moved as (
      update event_positions p set pruned_to = greatest(p.pruned_to, gone.position)
      from (select max(position) as position from gone having count(*) > 0) as gone
      where p.tenant_id = v.tenant_id
    )
    select count(*) into v_pruned from gone;
    v_count := v_count + v_pruned;
  end loop;
  return v_count;
end
$$;

-- GET /events: the tenant's events after p_after, in order: at most p_limit events and about p_max_bytes of JSON, but
-- at least one event. `next` is where the next call continues, `more` means that the next call finds more at once, and
-- `reset` that something between p_after and the first event was pruned. Null if the tenant has no events.
--
-- STABLE: everything is read in one snapshot, so an event shows the current state, and erased data is in no event.
create or replace function read_events(
  p_tenant_id uuid, p_after bigint, p_types text[], p_limit integer, p_max_bytes integer
) returns json language plpgsql stable
-- As in store_messages: only index look-ups.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  -- All of these may be of other types.
  v_most_places constant integer := 100000;
  p event_positions;
  v_is_reset boolean;
  v_after bigint;
  v_to bigint;
  v_events json[];
  v_last bigint;
  v_is_cut boolean;
begin
  select position.* into p from event_positions position join tenants t on t.id = position.tenant_id
  where position.tenant_id = p_tenant_id and t.event_days > 0;
  if p.tenant_id is null then
    return null;
  end if;
  v_is_reset := p_after < p.pruned_to or p_after > p.position;
  v_after := case when coalesce(v_is_reset, true) then p.pruned_to else p_after end;
  with pointer as materialized (
    select e.*, greatest(e.after, e.rev - (e.position - v_after)) as above
    from events e
    where e.tenant_id = p_tenant_id and e.position > v_after and e.position <= v_after + v_most_places
      and case when e.type is null
        then p_types is null or p_types && array['message.created', 'message.updated', 'message.deleted']
        else p_types is null or e.type = any (p_types) end
    order by e.position limit p_limit + 1
  ), change as (
    select e.position, e.type, e.room_id, e.rev, e.note, e.user_id, e.seq, e.at from pointer e where e.type is not null
    union all
    select e.position - (e.rev - m.rev), m.type, e.room_id, m.rev, null, null, m.seq, e.at
    from pointer e join rooms r on r.id = e.room_id
    cross join lateral (
      (select 'message.created' as type, m.seq, m.seq as rev from messages m
        where m.room_id = e.room_id and m.seq > e.above and m.seq <= e.rev and m.seq >= coalesce(r.first_seq, 0)
        order by m.seq limit p_limit + 1)
      union all
      (select case when m.deleted_at is null then 'message.updated' else 'message.deleted' end, m.seq, m.rev from messages m
        where m.room_id = e.room_id and m.rev > e.above and m.rev <= e.rev and m.rev <> m.seq and m.seq >= coalesce(r.first_seq, 0)
        order by m.rev limit p_limit + 1)
    ) m
    where e.type is null and (p_types is null or m.type = any (p_types))
  ), told as (
    select *, row_number() over (order by position) as no from change order by position limit p_limit + 1
  ), worded as (
    select no, position, event, sum(octet_length(event::text)) over (order by position) as bytes
    from told, wire_event(p_tenant_id, told.position, told.type, told.room_id, told.rev, told.note, told.user_id, told.seq, told.at) as event
  )
  select
    array_agg(event order by position) filter (where fits), max(position) filter (where fits), coalesce(bool_or(not fits), false),
    coalesce(
      (select max(position) from pointer having count(*) > p_limit),
      least(v_after + v_most_places, p.position))
  into v_events, v_last, v_is_cut, v_to
  from (select *, no = 1 or (no <= p_limit and bytes <= p_max_bytes) as fits from worded) as measured;
  v_to := case when v_is_cut then v_last else greatest(v_to, v_last) end;
  return drop_null_fields(json_build_object(
    'events', coalesce(array_to_json(v_events), '[]'), 'next', v_to,
    'more', case when v_to < p.position then true end, 'reset', case when v_is_reset then true end));
end
$$;

-- One event. Its id is the same however often, late and to whom it is sent; its content is current.
--
-- A delivery has hundreds of events, so each kind has its own expression. A single expression for all kinds, with its
-- queries, takes twenty times as long to start as a message takes to convert.
create or replace function wire_event(
  p_tenant_id uuid, p_position bigint, p_type text, p_room_id uuid, p_rev bigint, p_note bigint, p_user_id uuid, p_seq bigint,
  p_at timestamptz
) returns json language plpgsql stable
as $$
declare
  r rooms;
  m messages;
  v_part constant text := split_part(p_type, '.', 1);
  v_at timestamptz := p_at;
  v_epoch text;
  v_data json;
begin
  if p_room_id is null then
    select incarnation::text into v_epoch from cluster;
  else
    select * into r from rooms where id = p_room_id;
    v_epoch := wire_epoch(r.epoch);
  end if;
  if p_type = 'message.unseen' then
    v_data := json_build_object(
      'userId', p_user_id, 'roomId', p_room_id, 'seq', p_seq, 'unread', coalesce((
        select count_unread(room_id, user_id, read_seq) from memberships
        where room_id = p_room_id and user_id = p_user_id and not banned), 0));
  elsif v_part = 'message' then
    select * into m from messages where room_id = p_room_id and seq = p_seq;
    v_at := case p_type
      when 'message.created' then m.created_at when 'message.updated' then coalesce(m.edited_at, p_at) else m.deleted_at end;
    if r.overseen then
      v_data := json_build_object('message', wire_message(m));
    else
      v_data := json_build_object('seq', p_seq);
    end if;
  elsif v_part = 'user' then
    v_data := wire_user_event(p_type, p_user_id);
  elsif v_part = 'room' then
    v_data := json_build_object('room', with_field(wire_counted_room(r)::json, 'externalId', to_json(r.external_id)));
  elsif v_part = 'member' then
    v_data := wire_member_event(r, p_user_id, p_rev);
  else
    select json_build_object('version', policy_version) into v_data from tenants where id = p_tenant_id;
  end if;
  return with_field(json_strip_nulls(json_build_object(
    'id', concat_ws('_', 'evt', coalesce(p_room_id, p_tenant_id), v_epoch, p_rev, p_note), 'type', p_type, 'version', 1,
    'timestamp', wire_time(v_at), 'position', p_position, 'roomId', p_room_id, 'rev', p_rev)), 'data', v_data);
end
$$;

create or replace function wire_user_event(p_type text, p_user_id uuid) returns json language sql stable
as $$
  select drop_null_fields(json_build_object(
    'userId', p_user_id,
    'user', case when u.deleted_at is null then wire_whole_user(u) end,
    'counts', case when p_type = 'user.erased' then e.counts end))
  from users u left join erasures e on e.user_id = u.id where u.id = p_user_id
$$;

-- The member's current state in a room that the product may read, and why a membership ended at that rev.
create or replace function wire_member_event(r rooms, p_user_id uuid, p_rev bigint) returns json language sql stable
as $$
  select drop_null_fields(json_build_object(
    'userId', p_user_id,
    'member', case when r.overseen then (
      select wire_member(m) from memberships m where m.room_id = r.id and m.user_id = p_user_id) end,
    'reason', (
      select s.reason from membership_spans s
      where s.room_id = r.id and s.user_id = p_user_id and s.left_at_rev = p_rev limit 1)))
$$;
