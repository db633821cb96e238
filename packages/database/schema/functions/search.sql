-- Search. A chunk has the terms of up to 64 neighbouring messages of a room: it says where to look, and the messages decide
-- (src/search). A room's chunks follow one another without a message in between. What is above the last one is read
-- directly, so a message is found as soon as it is acknowledged. What is below the first one is not searched yet.
--
-- A chunk keeps its bounds and its time for good, so a search that goes on later passes over none. Only its terms change:
-- an edit adds some, and a deletion computes them again. A writer of a room's chunks holds its row in projector_positions.

-- Locks the positions of these rooms, in order. Without p_waits, rooms that are locked are left out.
create or replace function lock_chunks(p_room_ids uuid[], p_waits boolean) returns uuid[] language plpgsql volatile
as $$
begin
  insert into projector_positions (room_id, rev)
  select distinct room_id, 0 from unnest(p_room_ids) as room_id order by room_id on conflict do nothing;
  if p_waits then
    return array(
      select room_id from projector_positions where room_id = any (p_room_ids) order by room_id for no key update);
  end if;
  return array(
    select room_id from projector_positions where room_id = any (p_room_ids) order by room_id
    for no key update skip locked);
end
$$;

-- What search terms are made of.
create or replace function has_images(m messages) returns boolean language sql immutable
as $$ select coalesce(jsonb_array_length(nullif(m.payload -> 'attachments', 'null')), 0) > 0 $$;
create or replace function has_files(m messages) returns boolean language sql immutable
as $$ select coalesce(jsonb_array_length(nullif(m.payload -> 'files', 'null')), 0) > 0 $$;

-- The seq up to which a room's messages are in chunks; 0 if it has none.
create or replace function chunked_to(p_room_id uuid) returns bigint language sql stable
as $$ select coalesce((select to_seq from search_chunks where room_id = p_room_id order by from_seq desc limit 1), 0) $$;

-- The seq from which on they are; null if it has none.
create or replace function chunked_from(p_room_id uuid) returns bigint language sql stable
as $$ select from_seq from search_chunks where room_id = p_room_id order by from_seq limit 1 $$;

-- For these rooms, messages that belong into new chunks above the last one, in the order of seq: none of a room that has
-- fewer than p_least. A room without chunks begins with its newest p_most messages.
create or replace function list_unchunked(p_room_ids uuid[], p_least integer, p_most integer) returns table (
  room_id uuid, seq bigint, created_at text, sender_id uuid, text text, "hasImages" boolean, "hasFiles" boolean, "isGone" boolean
) language plpgsql stable
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  return query
  select r.id, (found.m).seq, to_json((found.m).created_at) #>> '{}', (found.m).sender_id, (found.m).text,
    has_images(found.m), has_files(found.m),
    (found.m).deleted_at is not null or (found.m).seq < coalesce(r.first_seq, 0)
  from unnest(p_room_ids) as moved (room_id)
  join rooms r on r.id = moved.room_id and r.closed_at is null
  cross join lateral (select chunked_to(r.id) as last offset 0) chunks
  cross join lateral (
    select min(new.seq) as first, count(*) as found from (
      (select m.seq from messages m where chunks.last > 0 and m.room_id = r.id and m.seq > chunks.last
        order by m.seq limit p_most)
      union all
      (select m.seq from messages m where chunks.last = 0 and m.room_id = r.id and m.seq >= coalesce(r.first_seq, 0)
        order by m.seq desc limit p_most)
    ) new
  ) new
  cross join lateral (
    select m from messages m where new.found >= p_least and m.room_id = r.id and m.seq >= new.first
    order by m.seq limit p_most
  ) found
  order by r.id, (found.m).seq;
end
$$;

-- The messages of a room next below its first chunk, newest first.
create or replace function list_unchunked_below(p_room_id uuid, p_most integer) returns table (
  room_id uuid, seq bigint, created_at text, sender_id uuid, text text, "hasImages" boolean, "hasFiles" boolean, "isGone" boolean
) language sql stable
as $$
  select r.id, (found.m).seq, to_json((found.m).created_at) #>> '{}', (found.m).sender_id, (found.m).text,
    has_images(found.m), has_files(found.m), (found.m).deleted_at is not null
  from rooms r
  cross join lateral (
    select m from messages m
    where m.room_id = r.id and m.seq < chunked_from(r.id) and m.seq >= coalesce(r.first_seq, 0)
    order by m.seq desc limit p_most
  ) found
  where r.id = p_room_id and r.closed_at is null
  order by (found.m).seq desc
$$;

-- Writes chunks: chunk i is of p_room_ids[i], and p_terms[i] is an array of integers as text.
create or replace function insert_chunks(
  p_room_ids uuid[], p_from_seqs bigint[], p_to_seqs bigint[], p_ats text[], p_terms text[]
) returns void language sql volatile
as $$
  insert into search_chunks (room_id, from_seq, to_seq, at, terms)
  select room_id, from_seq, to_seq, at::timestamptz, terms::integer[]
  from unnest(p_room_ids, p_from_seqs, p_to_seqs, p_ats, p_terms) as chunk (room_id, from_seq, to_seq, at, terms)
$$;

-- The changes of messages in chunks that are not projected yet: the message as it is now, and its chunk. `isGone`: it was
-- deleted, so the terms of its chunk must be computed again.
create or replace function list_changed(p_room_ids uuid[]) returns table (
  room_id uuid, from_seq bigint, sender_id uuid, text text, "hasImages" boolean, "hasFiles" boolean, "isGone" boolean
) language plpgsql stable
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  return query
  select moved.room_id, c.from_seq, m.sender_id, m.text, has_images(m), has_files(m), m.deleted_at is not null
  from unnest(p_room_ids) as moved (room_id)
  join projector_positions p on p.room_id = moved.room_id
  join messages m on m.room_id = moved.room_id and m.rev > p.rev and m.rev <> m.seq
  join lateral (
    select * from search_chunks c where c.room_id = m.room_id and c.from_seq <= m.seq order by c.from_seq desc limit 1
  ) c on c.to_seq >= m.seq
  union all
  -- The chunk in which messages were truncated.
  select r.id, c.from_seq, null, null, null, null, true
  from unnest(p_room_ids) as moved (room_id)
  join rooms r on r.id = moved.room_id
  join projector_positions p on p.room_id = r.id and r.rev > p.rev
  join search_chunks c on c.room_id = r.id and c.from_seq < r.first_seq and c.to_seq >= r.first_seq;
end
$$;

-- The messages that chunks are made of, without those that are gone.
create or replace function list_chunk_messages(p_room_ids uuid[], p_from_seqs bigint[]) returns table (
  room_id uuid, from_seq bigint, sender_id uuid, text text, "hasImages" boolean, "hasFiles" boolean
) language sql stable
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
  select c.room_id, c.from_seq, m.sender_id, m.text, has_images(m), has_files(m)
  from unnest(p_room_ids, p_from_seqs) as chunk (room_id, from_seq)
  join rooms r on r.id = chunk.room_id
  join search_chunks c on c.room_id = chunk.room_id and c.from_seq = chunk.from_seq
  join messages m on m.room_id = c.room_id and m.seq between c.from_seq and c.to_seq
  where m.deleted_at is null and m.seq >= coalesce(r.first_seq, 0)
$$;

-- Adds terms to a chunk, or with p_replaced replaces them.
create or replace function set_chunk_terms(p_room_ids uuid[], p_from_seqs bigint[], p_terms text[], p_replaced boolean[])
returns void language sql volatile
as $$
  update search_chunks c set terms = case when given.is_replaced then given.terms
    else array(select term from unnest(c.terms) as term union select term from unnest(given.terms) as term) end
  from (
    select room_id, from_seq, terms::integer[], is_replaced
    from unnest(p_room_ids, p_from_seqs, p_terms, p_replaced) as given (room_id, from_seq, terms, is_replaced)
  ) given
  where c.room_id = given.room_id and c.from_seq = given.from_seq and (given.is_replaced or not c.terms @> given.terms)
$$;

-- Deletes up to p_limit chunks of each of these rooms that nobody is shown any more: below first_seq, or of a closed room.
-- Returns how many.
create or replace function delete_gone_chunks(p_room_ids uuid[], p_limit integer) returns integer language sql volatile
as $$
  with gone as (
    delete from search_chunks c using (
      select c.room_id, c.from_seq from unnest(p_room_ids) as moved (room_id)
      join rooms r on r.id = moved.room_id and (r.first_seq is not null or r.closed_at is not null)
      cross join lateral (
        select room_id, from_seq from search_chunks
        where room_id = r.id and (r.closed_at is not null or to_seq < r.first_seq)
        order by from_seq limit p_limit
      ) c
    ) gone
    where c.room_id = gone.room_id and c.from_seq = gone.from_seq
    returning 1
  )
  select count(*)::int from gone
$$;

-- Of up to p_limit rooms above p_after those whose chunks are not as they should be. What is above the last chunk is due
-- once there are 64 messages, or one is older than p_quiet_before. `next` is the last room looked at; null after the last.
create or replace function list_unchunked_rooms(p_after uuid, p_limit integer, p_quiet_before timestamptz) returns json
language plpgsql stable
set plan_cache_mode = force_generic_plan
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_ids uuid[];
begin
  v_ids := array(select id from rooms where p_after is null or id > p_after order by id limit p_limit);
  return json_build_object(
    'next', case when cardinality(v_ids) = p_limit then v_ids[p_limit] end,
    'due', coalesce((
      select json_agg(json_build_object('tenantId', r.tenant_id, 'roomId', r.id) order by r.id)
      from rooms r
      cross join lateral (select chunked_to(r.id) as last, chunked_from(r.id) as first offset 0) chunks
      where r.id = any (v_ids) and case when r.closed_at is not null then chunks.first is not null else
        coalesce((
          select m.created_at < p_quiet_before from messages m
          where m.room_id = r.id and m.seq > chunks.last and m.seq >= coalesce(r.first_seq, 0) order by m.seq limit 1), false)
        or exists (
          select from messages m where m.room_id = r.id and m.seq > chunks.last order by m.seq offset 63 limit 1)
        or exists (
          select from messages m where m.room_id = r.id and m.seq < chunks.first and m.seq >= coalesce(r.first_seq, 0))
        or exists (
          select from search_chunks c where c.room_id = r.id and c.from_seq = chunks.first and c.to_seq < r.first_seq)
      end
    ), '[]'));
end
$$;

-- Which rooms a search looks into, the most recently active first: with p_room_id that one, otherwise those that the user
-- is in; and from which seq on. The rules are those of reading_refusal and shown_from, which check each hit once more.
create or replace function list_searched_rooms(p_user_id uuid, p_actor_id uuid, p_reads_along boolean, p_room_id uuid)
returns table (room_ids uuid[], shown_froms bigint[]) language plpgsql stable
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  if p_room_id is not null then
    return query
    select array_agg(r.id), array_agg(coalesce(shown_from(r, m, p_actor_id), 0))
    from rooms r left join memberships m on m.room_id = r.id and m.user_id = p_user_id
    where r.id = p_room_id and reading_refusal(r, m, p_reads_along and is_service_of(r.tenant_id, p_actor_id)) is null;
    return;
  end if;
  return query
  select array_agg(r.id order by r.active_at desc),
    array_agg(greatest(r.first_seq, case
      when t.may_history <= case when u.kind = 'service' then 4 else role_rank(m.role) + 1 end
        and not (u.kind = 'guest' and t.guests = 'none') then 0
      else m.joined_at_rev end) order by r.active_at desc)
  from memberships m
  join rooms r on r.id = m.room_id and r.closed_at is null
  join room_types t on t.tenant_id = r.tenant_id and t.name = coalesce(r.type, r.kind)
  join users u on u.id = p_actor_id
  where m.user_id = p_user_id and not m.banned;
end
$$;

-- The chunks of these rooms that have all terms, the newest first, below p_after. Of a chunk that reaches beyond p_until
-- its time counts as p_until, and of a room only the oldest of those can have messages below.
--
-- A search reads the index of terms alone, whatever the planner thinks: the terms of a chunk that is not found are large.
create or replace function find_chunks(
  p_room_ids uuid[], p_shown_froms bigint[], p_terms integer[], p_since timestamptz, p_until timestamptz,
  p_after_at timestamptz, p_after_room_id uuid, p_after_seq bigint, p_below bigint, p_limit integer
) returns table (room_id uuid, from_seq bigint, to_seq bigint, at timestamptz, shown_from bigint) language plpgsql stable
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_nestloop = off
set enable_mergejoin = off
set enable_hashjoin = on
set jit = off
as $$
#variable_conflict use_column
begin
  return query
  with scope as (
    select * from unnest(p_room_ids, p_shown_froms) as scope (room_id, shown_from)
  ), found as (
    select c.room_id, c.from_seq, c.to_seq, c.at, scope.shown_from
    from (select room_id, from_seq, to_seq, at from search_chunks where terms @> p_terms offset 0) c
    join scope on scope.room_id = c.room_id
    where c.to_seq >= scope.shown_from and c.at >= coalesce(p_since, '-infinity') and (p_until is null or c.at <= p_until)
  ), beyond as (
    select distinct on (c.room_id) c.room_id, c.from_seq, c.to_seq, p_until, scope.shown_from
    from (
      select room_id, from_seq, to_seq, at from search_chunks where p_until is not null and terms @> p_terms offset 0
    ) c
    join scope on scope.room_id = c.room_id
    where c.to_seq >= scope.shown_from and c.at > p_until
    order by c.room_id, c.at
  )
  select * from (select * from found union all select * from beyond) as c (room_id, from_seq, to_seq, at, shown_from)
  where p_after_at is null or (c.at, c.room_id, c.from_seq) < (p_after_at, p_after_room_id, p_after_seq)
    or (p_below > 0 and (c.at, c.room_id, c.from_seq) = (p_after_at, p_after_room_id, p_after_seq))
  order by c.at desc, c.room_id desc, c.from_seq desc
  limit p_limit;
end
$$;

-- The messages of these rooms that no chunk speaks for: above the last chunk of their room, or changed since the projector
-- was there. At most p_limit, those of the most recently active rooms.
create or replace function find_unchunked(p_room_ids uuid[], p_shown_froms bigint[], p_limit integer) returns setof messages
language plpgsql stable
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return query
  select found.* from unnest(p_room_ids, p_shown_froms) as scope (room_id, shown_from)
  -- chunked_to and chunked_from, written out: a function would be begun for each room.
  cross join lateral (
    select coalesce((
      select to_seq from search_chunks c where c.room_id = scope.room_id order by from_seq desc limit 1), 0) as last offset 0
  ) chunks
  cross join lateral (
    (select * from messages m
      where m.room_id = scope.room_id and m.seq > chunks.last and m.seq >= scope.shown_from
      order by m.seq desc limit p_limit)
    union all
    -- The order and the limit keep the planner at the index of changes, which has few rows.
    (select * from (
        select * from messages m
        where m.room_id = scope.room_id and m.rev <> m.seq
          and m.rev > coalesce((select rev from projector_positions p where p.room_id = scope.room_id), 0)
        order by m.rev limit p_limit
      ) changed
      where changed.seq <= chunks.last and changed.seq >= scope.shown_from)
  ) found
  limit p_limit;
end
$$;

-- The time of the newest message of these rooms that is below its room's chunks, and so is not searched; null if none is.
create or replace function unsearched_at(p_room_ids uuid[], p_shown_froms bigint[]) returns timestamptz language plpgsql stable
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return (
    select max(below.created_at) from unnest(p_room_ids, p_shown_froms) as scope (room_id, shown_from)
    cross join lateral (
      select from_seq as first from search_chunks c where c.room_id = scope.room_id order by from_seq limit 1
    ) chunks
    cross join lateral (
      select created_at from messages m
      where m.room_id = scope.room_id and m.seq < chunks.first and m.seq >= scope.shown_from
      order by m.seq desc limit 1
    ) below);
end
$$;

-- message:search: what may be found. The caller compares the texts, and reads the hits by read_hits.
--
-- `chunks` are those to look into, in this order, with `more` if there are more. `messages` have the position of their
-- chunk, or none if no chunk speaks for them: those come with p_is_first. `isCut`: there are too many of these.
create or replace function search_messages(
  p_user_id uuid, p_actor_id uuid, p_reads_along boolean, p_room_id uuid, p_terms integer[], p_sender_id uuid,
  p_since timestamptz, p_until timestamptz, p_is_first boolean, p_after_at timestamptz, p_after_room_id uuid,
  p_after_seq bigint, p_below bigint, p_chunks integer, p_unchunked integer
) returns json language plpgsql stable
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_rooms uuid[];
  v_shown bigint[];
  v_chunks json;
  v_messages json;
  v_unchunked json;
  v_read integer := 0;
  v_has_more boolean;
begin
  select * into v_rooms, v_shown from list_searched_rooms(p_user_id, p_actor_id, p_reads_along, p_room_id);
  if p_is_first then
    select count(*), json_agg(json_build_object(
        'roomId', m.room_id, 'seq', m.seq, 'senderId', m.sender_id, 'text', m.text, 'at', m.created_at,
        'hasImages', has_images(m), 'hasFiles', has_files(m))) filter (
      where m.deleted_at is null and m.sender_id = coalesce(p_sender_id, m.sender_id)
        and m.created_at >= coalesce(p_since, '-infinity') and m.created_at < coalesce(p_until, 'infinity'))
    into v_read, v_unchunked
    from find_unchunked(v_rooms, v_shown, p_unchunked + 1) m;
  end if;
  with found as (
    select *, row_number() over (order by at desc, room_id desc, from_seq desc) as no
    from find_chunks(v_rooms, v_shown, p_terms, p_since, p_until, p_after_at, p_after_room_id, p_after_seq, p_below,
      p_chunks + 1)
  )
  select count(*) > p_chunks,
    json_agg(json_build_object('roomId', room_id, 'fromSeq', from_seq, 'at', at) order by no) filter (where no <= p_chunks),
    (select json_agg(json_build_object(
        'chunk', chunk.no - 1, 'roomId', m.room_id, 'seq', m.seq, 'senderId', m.sender_id, 'text', m.text, 'at', m.created_at,
        'hasImages', has_images(m), 'hasFiles', has_files(m)) order by chunk.no, m.seq desc)
      from found chunk
      join messages m on m.room_id = chunk.room_id and m.seq between chunk.from_seq and chunk.to_seq
      where chunk.no <= p_chunks and m.seq >= chunk.shown_from and m.deleted_at is null
        and m.sender_id = coalesce(p_sender_id, m.sender_id)
        and m.created_at >= coalesce(p_since, '-infinity') and m.created_at < coalesce(p_until, 'infinity')
        and ((chunk.room_id, chunk.from_seq) is distinct from (p_after_room_id, p_after_seq) or m.seq < p_below))
  into v_has_more, v_chunks, v_messages
  from found;
  return json_build_object(
    'chunks', coalesce(v_chunks, '[]'), 'more', v_has_more, 'messages', coalesce(v_messages, '[]'),
    'unchunked', coalesce(v_unchunked, '[]'), 'isCut', v_read > p_unchunked,
    'unsearchedAt', case when not v_has_more then unsearched_at(v_rooms, v_shown) end, 'now', clock_ms());
end
$$;

-- The hits as the reader gets them: those that the reader may read at this moment.
create or replace function read_hits(
  p_user_id uuid, p_actor_id uuid, p_reads_along boolean, p_room_ids uuid[], p_seqs bigint[]
) returns json language sql stable
as $$
  select coalesce(json_agg(wire_message_to(found, p_user_id) order by at.no), '[]')
  from unnest(p_room_ids, p_seqs) with ordinality as at (room_id, seq, no)
  join rooms r on r.id = at.room_id
  left join memberships m on m.room_id = r.id and m.user_id = p_user_id
  join messages found on found.room_id = r.id and found.seq = at.seq and found.seq >= coalesce(shown_from(r, m, p_actor_id), 0)
  where found.deleted_at is null
    and reading_refusal(r, m, p_reads_along and is_service_of(r.tenant_id, p_actor_id)) is null
$$;
