-- Stores a batch of messages in one call, and decides everything about them under the locks of their rooms.
--
-- Item i says: sender p_sender_ids[i], of tenant p_tenant_ids[i], sends p_texts[i] to p_room_ids[p_room_nos[i]].
-- p_room_ids are distinct. p_payloads[i] holds the message's other fields, such as data, and p_kinds[i] its kind; an
-- array is null if no item has a value for it. With p_wait the call waits for locked rooms up to lock_timeout, else it
-- skips them.
--
-- Returns one row per item, in the order given. outcome:
--   stored, duplicate   seq, created_at and epoch of the message; a duplicate's are those of the first one
--   locked              the room is locked elsewhere and p_wait was false; nothing was decided
--   not_found, forbidden, banned, room_closed, archived, muted (with muted_until), grant:send, grant:data (not granted by
--   the policy), quota:messages (used up for the day), slowed (until muted_until; created_at is now), invalid (reply_to),
--   invalid_thread (the payload's threadOf): refused, nothing stored
--
-- Locks the rooms of the batch in the order of their ids, so that two batches never wait for each other, and holds them
-- until commit: the revs of a room therefore follow the order of commits, without a gap.
--
-- If a service sends as a user (the payload's `via` names it), the service's grants count.
--
-- A retry must find its first result even after a kick, so duplicates are recognized before rights are checked. Most
-- room types grant sending to everybody; the check then costs one index look-up and nothing else.
--
-- One statement decides about all items. Then they are numbered in their order, and written together.
create or replace function store_messages(
  p_room_ids uuid[],
  p_wait boolean,
  p_room_nos integer[],
  p_tenant_ids uuid[],
  p_sender_ids uuid[],
  p_senders jsonb[],
  p_client_ids uuid[],
  p_texts text[],
  p_reply_tos bigint[],
  p_payloads jsonb[],
  p_kinds text[]
) returns table (outcome text, seq bigint, created_at timestamptz, epoch text, muted_until timestamptz)
language plpgsql volatile
-- Planning takes three times as long as executing a batch of one, so the plan is kept. It must not depend on how large
-- the tables were when it was made: a plan made on a fresh database would read whole tables during a burst, until the
-- next ANALYZE. So only index look-ups are allowed. Measured on one core: 0.25 ms for 1 message (1.1 ms if planned each
-- time), 25 µs each for 200.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_locked_ids uuid[];
  v_are_all_locked boolean;
  v_now timestamptz;
  v_no bigint;
  v_room_no integer;
  v_room_id uuid;
  v_head bigint;
  v_first_seq bigint;
  v_joined_at_rev bigint;
  v_shows_history boolean;
  -- The seconds of slow mode, for whom it holds.
  v_slow_seconds integer;
  v_copied_seq bigint;
  -- The new seq of each item, and the new head of each room; null for those that have none.
  v_seqs bigint[] := array_fill(null::bigint, array[cardinality(p_room_nos)]);
  v_heads bigint[] := array_fill(null::bigint, array[cardinality(p_room_ids)]);
begin
  perform be_durable();
  if p_wait then
    v_locked_ids := array(
      select r.id from rooms r where r.id = any (p_room_ids) order by r.id for no key update);
  else
    v_locked_ids := array(
      select r.id from rooms r where r.id = any (p_room_ids) order by r.id for no key update skip locked);
  end if;
  -- Usually every room is locked; then no item has to be looked up among hundreds.
  v_are_all_locked := cardinality(v_locked_ids) = cardinality(p_room_ids);
  v_now := clock_ms();

  -- A new statement has a new snapshot, so it sees whatever the previous holders of these locks committed. Rooms and
  -- members are joined from the item: given a join through r.id, the planner would read all members of a room for each
  -- item.
  --
  -- The branches below do the work that few messages need: everything in this statement is set up for each batch, used
  -- or not, and for a batch of one that is most of the cost.
  for v_no, v_room_no, v_room_id, v_head, v_first_seq, v_joined_at_rev, v_shows_history, v_slow_seconds, epoch,
    muted_until, seq, created_at, outcome
  in
    select
      i.no, i.room_no, r.id, r.head, r.first_seq, m.joined_at_rev, t.may_history <= 1 and t.guests <> 'none',
      case when r.slow_seconds > 0 and m.role = 'member' then r.slow_seconds end,
      (select incarnation from cluster) || '.' || r.epoch, m.muted_until, first.seq, first.created_at,
      case
        when r.id is null or r.tenant_id <> p_tenant_ids[i.no] then 'not_found'
        when not v_are_all_locked and not r.id = any (v_locked_ids) then 'locked'
        when first.seq is not null then 'duplicate'
        when m.room_id is null then case when r.visibility = 'public' then 'forbidden' else 'not_found' end
        when m.banned then 'banned'
        when r.closed_at is not null then 'room_closed'
        when r.archived_at is not null then 'archived'
        when m.muted_until > v_now then 'muted'
        when t.may_send > 1 or t.may_data > 1 or t.may_attach > 1 or t.spent_until > v_now
          or (t.guests = 'none' and p_senders[i.no] ->> 'kind' = 'guest') then 'limited'
        else 'stored'
      end
    from unnest(p_room_nos, p_sender_ids, p_client_ids) with ordinality as i (room_no, sender_id, client_id, no)
    left join rooms r on r.id = p_room_ids[i.room_no]
    left join memberships m on m.room_id = p_room_ids[i.room_no] and m.user_id = i.sender_id
    left join room_types t on t.tenant_id = r.tenant_id and t.name = coalesce(r.type, r.kind)
    -- Ordered by the last column, between bounds that are equal: only the right index serves that. With an equality
    -- condition, a table that was analyzed when it was empty would be read completely, since all access paths cost the
    -- same.
    left join lateral (
      select first.seq, first.created_at from messages first
      where first.room_id = r.id
        and first.sender_id = i.sender_id and first.client_id >= i.client_id and first.client_id <= i.client_id
      order by first.client_id limit 1
    ) first on true
    order by i.no
  loop
    if outcome = 'limited' then
      outcome := coalesce(sending_refusal(v_room_id, p_sender_ids[v_no], p_payloads[v_no], v_now), 'stored');
    end if;
    -- A condition that contains a query runs that query each time, so this one runs only for replies.
    if outcome = 'stored' and p_reply_tos[v_no] is not null then
      if p_reply_tos[v_no] < v_first_seq or (
        select q.seq from messages q
        where q.room_id = v_room_id and q.seq >= p_reply_tos[v_no] and q.seq <= p_reply_tos[v_no]
          and (q.seq >= v_joined_at_rev or v_shows_history
            or is_granted_to(v_room_id, p_sender_ids[v_no], calling_id(p_sender_ids[v_no], p_payloads[v_no]), 'history'))
        order by q.seq limit 1) is null
      then
        outcome := 'invalid';
      end if;
    end if;
    if outcome = 'stored' and p_payloads[v_no] ? 'threadOf' then
      if not is_thread_root(v_room_id, p_sender_ids[v_no], p_payloads[v_no]) then
        outcome := 'invalid_thread';
      end if;
    end if;
    if outcome = 'stored' then
      created_at := v_now;
      v_copied_seq := null;
      -- Copies of one message inside the batch: the first copy that may be stored is stored, and the later ones are its
      -- duplicates.
      if array_position(p_client_ids, p_client_ids[v_no]) < v_no then
        v_copied_seq := (
          select min(earlier.seq)
          from unnest(p_room_nos, p_sender_ids, p_client_ids, v_seqs) as earlier (room_no, sender_id, client_id, seq)
          where earlier.room_no = v_room_no and earlier.sender_id = p_sender_ids[v_no] and earlier.client_id = p_client_ids[v_no]);
      end if;
      if v_copied_seq is not null then
        outcome := 'duplicate';
        seq := v_copied_seq;
      elsif v_slow_seconds is not null then
        muted_until := slow_down(v_room_id, p_sender_ids[v_no], p_payloads[v_no], v_slow_seconds, v_now);
        if muted_until is not null then
          outcome := 'slowed';
        end if;
      end if;
      if outcome = 'stored' then
        seq := coalesce(v_heads[v_room_no], v_head) + 1;
        v_heads[v_room_no] := seq;
        v_seqs[v_no] := seq;
      end if;
    end if;
    return next;
  end loop;

  insert into messages (room_id, seq, rev, sender_id, sender, client_id, kind, text, payload, created_at,
    thread_of)
  select p_room_ids[p_room_nos[no]], numbered.seq, numbered.seq, p_sender_ids[no], p_senders[no], p_client_ids[no],
    coalesce(p_kinds[no], 'text'), p_texts[no],
    case when p_reply_tos[no] is null then coalesce(p_payloads[no], '{}')
      else coalesce(p_payloads[no], '{}') || jsonb_build_object('replyTo', p_reply_tos[no]) end, v_now,
    (p_payloads[no] ->> 'threadOf')::bigint
  from unnest(v_seqs) with ordinality as numbered (seq, no)
  where numbered.seq is not null;

  update rooms r set head = moved.head, active_at = v_now
  from unnest(p_room_ids, v_heads) as moved (id, head)
  where r.id = moved.id and moved.head is not null;

  insert into moves (rooms)
  select string_agg(uuid_send(id) || int8send(head), '') from unnest(p_room_ids, v_heads) as moved (id, head)
  where head is not null having count(*) > 0;
end
$$;

-- Slow mode: lets a member of a locked room send now, and then not for p_seconds. Returns null or, if the member must
-- still wait, until when. A wait from before the room's seconds were lowered is shortened to the new ones. Services do not
-- wait, nor whom they call as.
create or replace function slow_down(
  p_room_id uuid, p_user_id uuid, p_payload jsonb, p_seconds integer, p_now timestamptz
) returns timestamptz language plpgsql volatile
as $$
declare
  v_next constant timestamptz := p_now + p_seconds * interval '1 second';
  v_until timestamptz;
begin
  if p_payload ? 'via' or (select kind = 'service' from users where id = p_user_id) then
    return null;
  end if;
  select slowed_until into v_until from memberships where room_id = p_room_id and user_id = p_user_id;
  if v_until is null or v_until <= p_now or v_until > v_next then
    update memberships set slowed_until = v_next where room_id = p_room_id and user_id = p_user_id;
  end if;
  return case when v_until > p_now then least(v_until, v_next) end;
end
$$;

-- Whose grants count: those of the service that the payload's `via` names, else those of the sender.
create or replace function calling_id(p_sender_id uuid, p_payload jsonb) returns uuid language sql immutable
as $$ select coalesce((p_payload #>> '{via,id}')::uuid, p_sender_id) $$;

-- Why the policy refuses this message from someone who may write in the room, as an outcome of store_messages; null if
-- it does not.
create or replace function sending_refusal(p_room_id uuid, p_sender_id uuid, p_payload jsonb, p_now timestamptz) returns text
language sql stable
as $$
  select case
    when not 'send' = any (granted.names) then 'grant:send'
    when p_payload ? 'data' and not 'data' = any (granted.names) then 'grant:data'
    when p_payload ? 'attachments' and not 'attach' = any (granted.names) then 'grant:attach'
    when t.spent_until > p_now then 'quota:messages'
  end
  from rooms r
  join memberships m on m.room_id = r.id and m.user_id = p_sender_id
  join room_types t on t.tenant_id = r.tenant_id and t.name = coalesce(r.type, r.kind)
  cross join lateral (select granted_to(r, m, calling_id(p_sender_id, p_payload))) as granted (names)
  where r.id = p_room_id
$$;

-- For gateways of the previous release, during a rolling upgrade: store_messages without payloads and archived rooms.
create or replace function append_messages(
  p_room_ids uuid[],
  p_wait boolean,
  p_room_nos integer[],
  p_tenant_ids uuid[],
  p_sender_ids uuid[],
  p_senders jsonb[],
  p_client_ids uuid[],
  p_texts text[],
  p_reply_tos bigint[]
) returns table (outcome text, seq bigint, created_at timestamptz, epoch text, muted_until timestamptz)
language sql volatile
as $$
  select case when s.outcome in ('archived', 'slowed') or s.outcome like 'grant:%' or s.outcome like 'quota:%' then 'forbidden' else s.outcome end, s.seq, s.created_at, s.epoch, s.muted_until
  from store_messages(p_room_ids, p_wait, p_room_nos, p_tenant_ids, p_sender_ids, p_senders, p_client_ids, p_texts,
    p_reply_tos, null, null) as s
$$;
