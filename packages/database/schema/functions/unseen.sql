-- message.unseen: an absent member has not read a message. number_events enters rooms with moves into unseen_rooms. A
-- job of the worker finds out which members are connected, and inserts a note for each of the others.

-- The age of a message at its first check and at its last check. Between the two, the connections of a node that was
-- killed stop counting as present.
create or replace function unseen_after() returns interval language sql immutable as $$ select interval '5 seconds' $$;
create or replace function unseen_until() returns interval language sql immutable as $$ select interval '15 seconds' $$;

-- Due rooms, longest due first, each with its newest message that is old enough and counts (`last`, by `sender`), and
-- the newest one by somebody else (`other`). Without `last` there is nothing to note: messages were deleted, truncated
-- or imported, or the policy no longer asks for it.
create or replace function list_unseen_rooms(p_limit integer) returns table (
  room_id uuid, tenant_id uuid, looked_at timestamptz, last bigint, sender_id uuid, other bigint
) language sql stable
-- As in store_messages: only index look-ups.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  with due as (
    select u.*, clock_timestamp() as now from unseen_rooms u
    where u.due_at <= clock_timestamp() order by u.due_at limit p_limit
  )
  select due.room_id, r.tenant_id, due.now, last.seq, last.sender_id, other.seq
  from due join rooms r on r.id = due.room_id
  left join lateral (
    select true as is_asked from tenants t join room_types types on types.tenant_id = t.id
    where t.id = r.tenant_id and t.event_days > 0 and types.name = coalesce(r.type, r.kind) and types.push
      and r.closed_at is null
  ) policy on true
  left join lateral (
    select m.seq, m.sender_id from messages m
    where policy.is_asked and m.room_id = r.id and m.seq > greatest(due.after, r.first_seq - 1)
      and m.created_at <= due.now - unseen_after() and m.deleted_at is null and not m.payload ? 'imported'
    order by m.seq desc limit 1
  ) last on true
  left join lateral (
    select m.seq from messages m
    where m.room_id = r.id and m.seq > greatest(due.after, r.first_seq - 1) and m.seq < last.seq
      and m.sender_id <> last.sender_id and m.deleted_at is null and not m.payload ? 'imported'
    order by m.seq desc limit 1
  ) other on true
$$;

-- Whether the member joined before this message, has not read it, and has no note since the last read.
create or replace function is_unseen_by(m memberships, p_seq bigint) returns boolean language sql immutable
as $$
  select not m.banned and p_seq > m.read_seq and p_seq >= m.joined_at_rev and coalesce(m.unseen_seq <= m.read_seq, true)
$$;

-- Up to p_limit members above p_above who have not read the newest message that is not their own, in the order of their
-- ids. It reads each membership of the room by index, and nothing else for members who have read.
create or replace function list_unseen_by(
  p_room_id uuid, p_last bigint, p_sender_id uuid, p_other bigint, p_above uuid, p_limit integer
) returns table (user_id uuid) language sql stable
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select m.user_id from memberships m join users u on u.id = m.user_id
  where m.room_id = p_room_id and m.user_id > p_above
    and is_unseen_by(m, case when m.user_id = p_sender_id then p_other else p_last end)
    and u.kind <> 'service' and u.deleted_at is null and u.disabled_at is null
  order by m.user_id limit p_limit
$$;

-- Inserts message.unseen for these members, except those who have read or got a note meanwhile. So each gets one note,
-- even if two workers run at once. Returns how many memberships were locked elsewhere, which the caller retries:
-- waiting for them could cause a deadlock.
create or replace function note_unseen(
  p_room_id uuid, p_last bigint, p_sender_id uuid, p_other bigint, p_user_ids uuid[]
) returns integer language plpgsql volatile
as $$
declare
  v_left integer;
begin
  with free as (
    select m.user_id, case when m.user_id = p_sender_id then p_other else p_last end as seq from memberships m
    where m.room_id = p_room_id and m.user_id = any (p_user_ids)
      and is_unseen_by(m, case when m.user_id = p_sender_id then p_other else p_last end)
    for no key update skip locked
  ), noted as (
    update memberships m set unseen_seq = free.seq from free
    where m.room_id = p_room_id and m.user_id = free.user_id
    returning m.tenant_id, m.user_id, free.seq
  )
  insert into event_notes (tenant_id, type, room_id, user_id, rev, seq)
  select tenant_id, 'message.unseen', p_room_id, user_id, seq, seq from noted order by user_id;
  select count(*) into v_left from memberships m
  where m.room_id = p_room_id and m.user_id = any (p_user_ids)
    and is_unseen_by(m, case when m.user_id = p_sender_id then p_other else p_last end);
  return v_left;
end
$$;

-- Ends a check of a room that began at p_looked_at: the room becomes due again for messages that were too young, and
-- for the last check of the others. Between two checks is a second for each thousand members, at most five seconds. If
-- no such messages are left, the room is no longer due.
create or replace function finish_unseen_room(p_room_id uuid, p_looked_at timestamptz) returns void language plpgsql volatile
as $$
declare
  v_after bigint;
  v_due_at timestamptz;
begin
  select after into v_after from unseen_rooms where room_id = p_room_id for update;
  if v_after is null then
    return;
  end if;
  -- A new statement, so it sees every message that was numbered before the lock.
  v_after := greatest(v_after, (
    select seq from messages
    where room_id = p_room_id and seq > v_after and created_at <= p_looked_at - unseen_until() order by seq desc limit 1));
  select min(created_at + case when created_at > p_looked_at - unseen_after() then unseen_after() else unseen_until() end)
  into v_due_at
  from messages where room_id = p_room_id and seq > v_after and deleted_at is null and not payload ? 'imported';
  if v_due_at is null then
    delete from unseen_rooms where room_id = p_room_id;
  else
    update unseen_rooms set after = v_after,
      due_at = greatest(v_due_at, clock_ms() + least(5, greatest(1, r.member_count / 1000.0)) * interval '1 second')
    from rooms r where unseen_rooms.room_id = p_room_id and r.id = p_room_id;
  end if;
end
$$;
