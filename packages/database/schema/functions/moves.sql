-- Moves. Every transaction that changes a room's log, or who may do what in the room, inserts a row into `moves`:
-- through note_move, or for a batch of messages in store_messages. Gateways and workers read the rows by snapshots (see
-- pulse.ts).

-- Called by a function that holds the room's lock, once it has changed the room.
create or replace function note_move(p_room_id uuid) returns void language sql volatile
as $$ insert into moves (rooms) select uuid_send(id) || int8send(head) from rooms where id = p_room_id $$;

-- Inserts a mark, and deletes up to p_limit rows that have been visible for p_keep_ms. Returns 0 when no more are left.
--
-- The age of a row proves nothing: a transaction may commit an hour after it wrote. So pruning uses the marks, oldest
-- first and by index, and the oldest mark tells a reader what it may have missed.
create or replace function prune_moves(p_keep_ms float8, p_limit integer) returns integer language plpgsql volatile
as $$
declare
  v_oldest xid8;
  v_pruned integer;
begin
  -- Before the first mark nothing was pruned; from then on only what lies below the oldest mark.
  insert into move_marks (xact) select '0' where not exists (select from move_marks);
  insert into move_marks (xact) values (pg_snapshot_xmin(pg_current_snapshot())) on conflict do nothing;
  -- Rows that are not numbered yet stay.
  select max(mark.xact) into v_oldest from move_marks mark, move_numbering numbering
  where mark.at <= clock_ms() - p_keep_ms * interval '1 millisecond'
    and (numbering.seen is null or mark.xact <= pg_snapshot_xmin(numbering.seen));
  delete from move_marks where xact < v_oldest;
  delete from moves where ctid = any (
    array(select ctid from moves where xact < v_oldest order by xact limit p_limit));
  get diagnostics v_pruned = row_count;
  return v_pruned;
end
$$;

-- The rooms in a row of `moves`, each with the head of its log at that time.
create or replace function unpack_move(p_rooms bytea) returns table (room_id uuid, head bigint) language sql immutable
rows 2
as $$
  select encode(substr(p_rooms, at, 16), 'hex')::uuid,
    ('x' || encode(substr(p_rooms, at + 16, 8), 'hex'))::bit(64)::bigint
  from generate_series(1, octet_length(p_rooms), 24) as at
$$;

-- Registers a reader, which starts with the next number. An existing reader keeps its position.
create or replace function add_move_reader(p_name text) returns void language plpgsql volatile
as $$
declare
  v_batch bigint;
begin
  select batch into v_batch from move_numbering for update;
  update move_numbering set seen = pg_current_snapshot(), numbered_at = clock_ms() where seen is null;
  insert into move_readers (name, batch) values (p_name, v_batch) on conflict do nothing;
end
$$;

-- Numbers the moves of about p_limit transactions since the last call, and returns the number of rooms and events.
-- Returns 0 also if another call is running, or if there are no readers and no tenant has events.
--
-- Snapshots tell what is new, as in the pulse; one statement reads it all, so it belongs to one snapshot. If there is
-- too much, `seen` becomes a snapshot that ends before the rest.
create or replace function number_moves(p_limit integer) returns integer language plpgsql volatile
-- As in store_messages: one plan, which looks up each room by index and never reads a whole table.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  n move_numbering;
  v_most_notes constant integer := 1000;
  v_seen text;
  v_count integer;
  v_room_ids uuid[];
  v_heads bigint[];
  v_has_readers boolean;
  v_has_moved boolean;
  v_is_all boolean;
  v_last_note bigint;
begin
  select * into n from move_numbering where seen is not null for update skip locked;
  if not found then
    return 0;
  end if;
  v_has_readers := exists (select from move_readers);
  if not v_has_readers and not exists (select from tenants where event_days > 0) then
    delete from event_notes;
    update move_numbering set seen = null;
    return 0;
  end if;
  -- If there are this many notes, they are numbered alone, oldest first, so that no later move of their rooms overtakes
  -- one.
  select no into v_last_note from event_notes order by no offset v_most_notes limit 1;
  if v_last_note is not null then
    return number_events('{}', '{}', v_last_note);
  end if;
  with until as materialized (
    select coalesce(
      (select xact from (
        select distinct xact from moves where xact >= pg_snapshot_xmax(n.seen) order by xact limit p_limit + 1
      ) first order by xact offset p_limit),
      pg_snapshot_xmax(pg_current_snapshot())) as xact
  ), new as (
    select rooms from moves where xact >= pg_snapshot_xmax(n.seen) and xact < (select xact from until)
    union all
    select rooms from moves where xact = any (array(select pg_snapshot_xip(n.seen)))
  ), moved as (
    -- The move of a replaced log has no position, so the head is read here.
    select r.tenant_id, r.id, case when min(m.head) < 0 then r.head else max(m.head) end as head
    from new cross join lateral unpack_move(new.rooms) m join rooms r on r.id = m.room_id
    group by r.id
  ), by_tenant as (
    select tenant_id, count(*) as count, array_agg(id order by id) as room_ids, array_agg(head order by id) as heads
    from moved group by tenant_id
  ), counted as (
    insert into tenant_positions as p (tenant_id, position)
    select tenant_id, count from by_tenant where v_has_readers order by tenant_id
    on conflict (tenant_id) do update set position = p.position + excluded.position
    returning tenant_id, position
  ), numbered as (
    insert into numbered_moves (batch, tenant_id, position, room_ids, heads)
    select n.batch + 1, t.tenant_id, c.position, t.room_ids, t.heads from by_tenant t join counted c using (tenant_id)
  )
  select
    (select coalesce(sum(count), 0) from by_tenant where v_has_readers),
    (select array_agg(moved.id order by moved.id) from moved join tenants t on t.id = moved.tenant_id where t.event_days > 0),
    (select array_agg(moved.head order by moved.id) from moved join tenants t on t.id = moved.tenant_id where t.event_days > 0),
    (select count(*) from by_tenant) > 0,
    until.xact = pg_snapshot_xmax(pg_current_snapshot()),
    concat_ws(':', least(pg_snapshot_xmin(pg_current_snapshot()), until.xact), until.xact,
      (select coalesce(string_agg(xip::text, ',' order by xip), '') from pg_snapshot_xip(pg_current_snapshot()) as xip
        where xip < until.xact))
  into v_count, v_room_ids, v_heads, v_has_moved, v_is_all, v_seen
  from until;
  if v_room_ids is not null or exists (select from event_notes) then
    v_count := v_count + number_events(v_room_ids, v_heads, null);
  end if;
  if v_has_moved then
    update move_numbering set batch = batch + 1, seen = v_seen::pg_snapshot;
  elsif pg_snapshot_xmin(v_seen::pg_snapshot) > pg_snapshot_xmax(n.seen) then
    -- Nothing happened. `seen` is written only often enough that pruning is not held up.
    update move_numbering set seen = v_seen::pg_snapshot;
  end if;
  if v_is_all and n.numbered_at < clock_ms() - interval '1 second' then
    update move_numbering set numbered_at = clock_ms();
  end if;
  return v_count;
end
$$;

-- Deletes up to p_limit rows that are older than p_keep_ms and that every reader has processed.
create or replace function prune_numbered_moves(p_keep_ms float8, p_limit integer) returns integer language sql volatile
as $$
  with expired as (
    select batch, tenant_id from numbered_moves
    where at <= clock_ms() - p_keep_ms * interval '1 millisecond'
      and batch <= (select min(batch) from move_readers)
    order by batch limit p_limit
  ), pruned as (
    delete from numbered_moves n using expired e where n.batch = e.batch and n.tenant_id = e.tenant_id returning 1
  )
  select count(*)::int from pruned
$$;
