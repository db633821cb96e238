-- Stores a batch of messages in one call, and decides everything about them under the locks of their rooms.
--
-- Item i says: sender p_sender_ids[i], of tenant p_tenant_ids[i], sends p_texts[i] to p_room_ids[p_room_nos[i]].
-- p_room_ids are distinct. p_payloads[i] holds the message's other fields, such as data, and p_kinds[i] its kind; an array
-- is null if no item has a value for it. With p_wait the call waits for locked rooms up to lock_timeout, else it skips them.
--
-- Returns one row per item, in the order given. outcome:
--   stored, duplicate   seq, created_at and epoch of the message; a duplicate's are those of the first one
--   locked              the room is locked elsewhere and p_wait was false; nothing was decided
--   not_found, forbidden, banned, room_closed, archived, muted (with muted_until), grant:send, grant:data (not granted by
--   the policy), quota:messages (the day's are spent), invalid (reply_to): refused, nothing stored
--
-- Locks the rooms of the batch in the order of their ids, so that two batches never wait for each other, and holds them
-- until commit: the revs of a room therefore follow the order of commits, without a gap.
--
-- Where a service sends as a user (the payload's `via` names it), the service's grants count.
--
-- A retry must find its first result even after a kick, so duplicates are recognized before rights are checked. Most
-- room types grant sending to everybody; the check then costs one index look-up and nothing else.
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
  v_incarnation text;
begin
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
  select incarnation::text into v_incarnation from cluster;

  -- A new statement has a new snapshot, so it sees whatever the previous holders of these locks committed. Every join
  -- starts from the item: given a join through r.id, the planner would read all members of a room for each item.
  return query
  with item as (
    select
      i.no, i.sender_id, i.sender, i.client_id, i.text, i.reply_to, i.payload, i.kind,
      r.id as room_id, r.epoch, r.head, m.muted_until,
      first.seq as first_seq, first.created_at as first_created_at,
      case
        when r.id is null or r.tenant_id <> i.tenant_id then 'not_found'
        when not v_are_all_locked and not r.id = any (v_locked_ids) then 'locked'
        when first.seq is not null then 'duplicate'
        when m.room_id is null then case when r.visibility = 'public' then 'forbidden' else 'not_found' end
        when m.banned then 'banned'
        when r.closed_at is not null then 'room_closed'
        when r.archived_at is not null then 'archived'
        when m.muted_until > v_now then 'muted'
        when (t.may_send > 1 or (t.guests = 'none' and i.sender ->> 'kind' = 'guest'))
          and not is_granted_to(r.id, i.sender_id, actor.id, 'send') then 'grant:send'
        when t.may_data > 1 and i.payload ? 'data' and not is_granted_to(r.id, i.sender_id, actor.id, 'data') then 'grant:data'
        when t.may_attach > 1 and i.payload ? 'attachments' and not is_granted_to(r.id, i.sender_id, actor.id, 'attach') then 'grant:attach'
        when t.spent_until > v_now then 'quota:messages'
        when i.reply_to < r.first_seq or i.reply_to is not null and (
          select q.seq from messages q
          where q.room_id = r.id and q.seq >= i.reply_to and q.seq <= i.reply_to
            and (q.seq >= m.joined_at_rev or (t.may_history <= 1 and t.guests <> 'none')
              or is_granted_to(r.id, i.sender_id, actor.id, 'history'))
          order by q.seq limit 1) is null then 'invalid'
        else 'stored'
      end as outcome
    from unnest(
      p_room_nos, p_tenant_ids, p_sender_ids, p_senders, p_client_ids, p_texts, p_reply_tos, p_payloads, p_kinds)
      with ordinality as i (room_no, tenant_id, sender_id, sender, client_id, text, reply_to, payload, kind, no)
    cross join lateral (select coalesce((i.payload #>> '{via,id}')::uuid, i.sender_id)) as actor (id)
    left join rooms r on r.id = p_room_ids[i.room_no]
    left join memberships m on m.room_id = p_room_ids[i.room_no] and m.user_id = i.sender_id
    left join room_types t on t.tenant_id = i.tenant_id and t.name = coalesce(r.type, r.kind)
    -- In the order of the last column, between bounds that are the same: only the right index serves that. If it were asked
    -- for by equality, a table that was analyzed when it was empty would be read as a whole: all ways into it cost the same.
    left join lateral (
      select first.seq, first.created_at from messages first
      where first.room_id = p_room_ids[i.room_no]
        and first.sender_id = i.sender_id and first.client_id >= i.client_id and first.client_id <= i.client_id
      order by first.client_id limit 1
    ) first on true
  ),
  -- Copies of one message inside the batch: the first is decided, the others are its duplicates.
  copied as (
    select *, row_number() over (partition by room_id, sender_id, client_id order by no) as copy from item
  ),
  numbered as (
    select *, head + count(*) filter (where outcome = 'stored' and copy = 1)
      over (partition by room_id order by no) as seq
    from copied
  ),
  inserted as (
    insert into messages (room_id, seq, rev, sender_id, sender, client_id, kind, text, payload, created_at)
    select room_id, seq, seq, sender_id, sender, client_id, coalesce(kind, 'text'), text,
      case when reply_to is null then coalesce(payload, '{}')
        else coalesce(payload, '{}') || jsonb_build_object('replyTo', reply_to) end, v_now
    from numbered
    where outcome = 'stored' and copy = 1
  ),
  moved as (
    update rooms r set head = n.head, active_at = v_now
    from (
      select room_id, max(seq) as head from numbered where outcome = 'stored' group by room_id
    ) n
    where r.id = n.room_id
    returning r.id, r.head
  ),
  noted as (
    insert into moves (rooms)
    select string_agg(uuid_send(id) || int8send(head), '') from moved having count(*) > 0
  )
  select
    case when n.outcome = 'stored' and n.copy > 1 then 'duplicate' else n.outcome end,
    case n.outcome
      when 'duplicate' then n.first_seq
      when 'stored' then min(n.seq) over (partition by n.room_id, n.sender_id, n.client_id)
    end,
    case n.outcome when 'duplicate' then n.first_created_at when 'stored' then v_now end,
    v_incarnation || '.' || n.epoch,
    n.muted_until
  from numbered n
  order by n.no;
end
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
  select case when s.outcome = 'archived' or s.outcome like 'grant:%' or s.outcome like 'quota:%' then 'forbidden' else s.outcome end, s.seq, s.created_at, s.epoch, s.muted_until
  from store_messages(p_room_ids, p_wait, p_room_nos, p_tenant_ids, p_sender_ids, p_senders, p_client_ids, p_texts,
    p_reply_tos, null, null) as s
$$;
