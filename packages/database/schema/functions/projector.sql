-- The projector: a job of the worker that derives inbox items from the logs of rooms. numbered_moves passes it each room
-- that moved; all that it writes commits with its place there, so each message is projected once.

-- The inbox items of the new messages of these rooms, up to p_heads, one for each message and recipient. `is_here`: the
-- item is only for those who are present. At most 1,000 members are notified at once; a larger room is not.
--
-- Who follows a thread gets one item for it, which names the first reply that they have not read, as long as they leave it
-- unread; follow_threads has locked what they follow.
--
-- An item is for members who had joined, have not read the message, let the room notify them, and have not blocked its
-- sender. Of a direct room that is a stranger's request only its first message is one.
create or replace function list_items(p_room_ids uuid[], p_heads bigint[]) returns table (
  tenant_id uuid, room_id uuid, seq bigint, sender_id uuid, type text, user_id uuid, is_here boolean
) language plpgsql stable
-- As in store_messages: only index look-ups.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  return query
  with new as (
    select r.tenant_id, r.id as room_id, r.member_count, direct.is_request, msg.seq, msg.sender_id, msg.payload,
      msg.thread_of
    from unnest(p_room_ids, p_heads) as moved (room_id, head)
    join rooms r on r.id = moved.room_id and r.closed_at is null
    left join projector_positions p on p.room_id = moved.room_id
    -- Once a room: plain messages of other rooms cost no more than being read.
    cross join lateral (
      select r.kind = 'direct' and exists (select from memberships m where m.room_id = r.id and m.request) as is_request
      offset 0
    ) direct
    join messages msg on msg.room_id = moved.room_id and msg.seq > coalesce(p.rev, 0) and msg.seq <= moved.head
    where msg.deleted_at is null and not msg.payload ? 'imported'
      and (msg.payload ?| array['mentions', 'notify', 'replyTo'] or direct.is_request
        or msg.thread_of is not null)
  ), addressed as (
    select new.*, 1 as rank, 'madang.mention' as type, (mention ->> 'id')::uuid as user_id, false as is_here
    from new, jsonb_array_elements(new.payload -> 'mentions') as mention
    union all
    select new.*, 1, 'madang.mention', m.user_id, new.payload ->> 'notify' = 'here'
    from new join memberships m on m.room_id = new.room_id
    where new.payload ? 'notify' and new.member_count <= 1000
    union all
    select new.*, 2, 'madang.reply', quoted.sender_id, false
    from new join messages quoted on quoted.room_id = new.room_id and quoted.seq = (new.payload ->> 'replyTo')::bigint
    where quoted.deleted_at is null
    union all
    select * from (
      select distinct on (new.room_id, new.thread_of, f.user_id) new.*, 3, 'madang.reply', f.user_id, false
      from new join thread_follows f on f.room_id = new.room_id and f.root_seq = new.thread_of
      join memberships m on m.room_id = new.room_id and m.user_id = f.user_id and takes_items(m, new.seq)
      where not f.off and new.seq > f.read_seq and f.user_id <> new.sender_id and not exists (
        select from notifications n
        join notification_batches b on b.id = n.batch_id
        join messages named on named.room_id = b.room_id and named.seq = b.seq
        where n.user_id = f.user_id and n.room_id = new.room_id and n.read_at is null
          and b.root_seq = new.thread_of and named.deleted_at is null)
      order by new.room_id, new.thread_of, f.user_id, new.seq
    ) followed
    union all
    select new.*, 0, 'madang.request', m.user_id, false
    from new join memberships m on m.room_id = new.room_id
    where new.is_request and m.request
      and not exists (select from messages earlier where earlier.room_id = new.room_id and earlier.seq < new.seq)
  )
  select distinct on (a.room_id, a.user_id, a.seq) a.tenant_id, a.room_id, a.seq, a.sender_id, a.type, a.user_id, a.is_here
  from addressed a
  join memberships m on m.room_id = a.room_id and m.user_id = a.user_id
  join users u on u.id = a.user_id
  where a.user_id <> a.sender_id and takes_items(m, a.seq) and m.request = (a.type = 'madang.request')
    and u.deleted_at is null and u.disabled_at is null
    and not exists (select from blocks where blocks.user_id = a.user_id and blocks.other_id = a.sender_id)
  order by a.room_id, a.user_id, a.seq, a.rank, a.is_here;
end
$$;

-- Whether a member gets an item for a message.
create or replace function takes_items(m memberships, p_seq bigint) returns boolean language sql immutable
as $$
  select not m.banned and p_seq >= m.joined_at_rev and p_seq > m.read_seq and coalesce(m.level <> 'none', true)
$$;

-- Writes items and returns the users who got one. Item i is p_ids[i], for p_user_ids[i], of the batch p_item_nos[i]: a
-- message and a type. The items are in the order of their rooms and users.
--
-- The lock of a membership decides between an item and read:mark. If the mark comes first, there is no item; if the item
-- does, the mark reads it. Lock order: memberships, inboxes by user id. A lock that takes longer than the others would
-- wait for a deadlock ends the transaction, and the job repeats it.
create or replace function write_items(
  p_batch_ids uuid[], p_tenant_ids uuid[], p_room_ids uuid[], p_seqs bigint[], p_sender_ids uuid[], p_types text[],
  p_item_nos integer[], p_user_ids uuid[], p_ids uuid[]
) returns uuid[] language plpgsql volatile
set lock_timeout = '500ms'
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_nos bigint[];
  v_user_ids uuid[];
  v_now timestamptz;
begin
  -- A membership that changed while it was waited for is checked as it is now.
  v_nos := array(
    select item.no from unnest(p_item_nos, p_user_ids) with ordinality as item (batch_no, user_id, no)
    join memberships m on m.room_id = p_room_ids[item.batch_no] and m.user_id = item.user_id
    where takes_items(m, p_seqs[item.batch_no])
    order by item.no for no key update of m);
  v_user_ids := array(select distinct p_user_ids[no] from unnest(v_nos) as no order by 1);
  insert into inboxes (user_id, tenant_id)
  select user_id, u.tenant_id from unnest(v_user_ids) as user_id join users u on u.id = user_id
  order by user_id on conflict do nothing;
  perform from inboxes where user_id = any (v_user_ids) order by user_id for no key update;
  v_now := clock_ms();
  insert into notification_batches (id, tenant_id, sender_id, type, data, ids, created_at, room_id, seq, root_seq)
  select p_batch_ids[b.no], p_tenant_ids[b.no], p_sender_ids[b.no], p_types[b.no], '{}'::json, b.ids, v_now,
    p_room_ids[b.no], p_seqs[b.no],
    (select thread_of from messages where room_id = p_room_ids[b.no] and seq = p_seqs[b.no])
  from (select p_item_nos[no] as no, array_agg(p_ids[no] order by no) as ids from unnest(v_nos) as no group by p_item_nos[no]) b;
  with item as (
    select no, p_user_ids[no] as user_id,
      row_number() over (partition by p_user_ids[no] order by p_seqs[p_item_nos[no]], no) as nth
    from unnest(v_nos) as no
  ), moved as (
    update inboxes i set head = i.head + added.items, unread = i.unread + added.items
    from (select user_id, count(*) as items from item group by user_id) added where i.user_id = added.user_id
    returning i.user_id, i.head - added.items as before
  )
  insert into notifications (id, user_id, seq, rev, batch_id, created_at, room_id)
  select p_ids[no], user_id, before + nth, before + nth, p_batch_ids[p_item_nos[no]], v_now, p_room_ids[p_item_nos[no]]
  from item join moved using (user_id);
  insert into signals (kind, user_ids) select 'notified', v_user_ids where cardinality(v_user_ids) > 0;
  return v_user_ids;
end
$$;

-- Accepts a stranger's request if its recipient has written in the room. Called before write_items, for the lock order.
create or replace function accept_answered(p_room_ids uuid[], p_heads bigint[]) returns void language sql volatile
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  with accepted as (
  update memberships m set request = false
  from unnest(p_room_ids, p_heads) as moved (room_id, head)
  join rooms r on r.id = moved.room_id and r.kind = 'direct'
  left join projector_positions p on p.room_id = moved.room_id
  where m.room_id = r.id and m.request and exists (
    select from messages msg
    where msg.room_id = r.id and msg.seq > coalesce(p.rev, 0) and msg.seq <= moved.head and msg.sender_id = m.user_id)
  returning m.user_id, m.room_id
  )
  insert into signals (kind, user_id, room_id) select 'user', user_id, room_id from accepted
$$;

-- These rooms are projected up to p_heads.
create or replace function move_projector(p_room_ids uuid[], p_heads bigint[]) returns void language sql volatile
as $$
  insert into projector_positions as p (room_id, rev)
  select room_id, head from unnest(p_room_ids, p_heads) as moved (room_id, head)
  on conflict (room_id) do update set rev = excluded.rev where p.rev <> excluded.rev
$$;
