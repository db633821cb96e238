-- Annotations: what stands on a message without being its text. The payload has them, as every reader gets them: an empty
-- object once nothing stands there any more. A change is a rev of the message, as an edit is, but neither its text nor
-- edited_at changes.

-- Gives a message of a locked room these annotations and this rev, and returns the entry of the log.
create or replace function annotate(p_room_id uuid, p_seq bigint, p_rev bigint, p_annotations jsonb) returns json
language plpgsql volatile
as $$
begin
  update messages set
    rev = p_rev,
    payload = payload || jsonb_build_object('annotations', p_annotations)
  where room_id = p_room_id and seq = p_seq;
  return json_build_object('rev', p_rev, 'type', 'annotation', 'seq', p_seq, 'annotations', p_annotations);
end
$$;

-- Annotations as this reader gets them: with `mine` at the reader's own reactions. `by` lists all of up to five; above
-- that the rows are asked.
create or replace function annotations_for(p_annotations jsonb, p_room_id uuid, p_seq bigint, p_user_id uuid) returns jsonb
language sql stable
as $$
  select case when p_annotations ? 'reactions' then p_annotations || jsonb_build_object('reactions', (
    select jsonb_agg(case when is_mine then each || '{"mine": true}' else each end order by no)
    from jsonb_array_elements(p_annotations -> 'reactions') with ordinality as reaction (each, no)
    cross join lateral (
      select each -> 'by' ? p_user_id::text or ((each ->> 'count')::bigint > jsonb_array_length(each -> 'by') and exists (
        select from reactions x
        where x.room_id = p_room_id and x.seq = p_seq and x.emoji = each ->> 'emoji' and x.user_id = p_user_id))
    ) as reader (is_mine)))
  else p_annotations end
$$;

-- Why someone may not react to a message; null if they may.
create or replace function reaction_refusal(r rooms, p_user_id uuid, p_actor_id uuid, p_seq bigint) returns json
language plpgsql stable
as $$
declare
  m memberships;
  v_refusal text;
  v_message messages;
begin
  select * into m from memberships where room_id = r.id and user_id = p_user_id;
  v_refusal := coalesce(writer_refusal(r, m), grant_refusal(r, m, p_actor_id, 'send'));
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  select * into v_message from messages where room_id = r.id and seq = p_seq and seq >= shown_from(r, m, p_actor_id);
  return coalesce(mute_refusal(m), case
    when v_message.seq is null then refuse('not_found')
    when v_message.deleted_at is not null then refuse('conflict')
  end);
end
$$;

-- Writes what the items p_nos want to have on a message of a locked room; of two that are about one user and emoji the
-- later one counts. Returns the message's reactions, or null if they stay as they are.
create or replace function write_reactions(
  m messages, p_rev bigint, p_nos integer[], p_user_ids uuid[], p_emoji text[], p_ons boolean[]
) returns jsonb language plpgsql volatile
as $$
declare
  v_before constant jsonb := coalesce(m.payload #> '{annotations,reactions}', '[]');
  v_changes jsonb;
begin
  with wish as (
    select distinct on (p_emoji[item], p_user_ids[item])
      p_emoji[item] as emoji, p_user_ids[item] as user_id, p_ons[item] as is_on, item
    from unnest(p_nos) as item
    order by p_emoji[item], p_user_ids[item], item desc
  ), gone as (
    delete from reactions x using wish w
    where x.room_id = m.room_id and x.seq = m.seq and x.emoji = w.emoji and x.user_id = w.user_id and not w.is_on
    returning x.emoji, x.user_id
  ), come as (
    insert into reactions (room_id, seq, emoji, user_id, rev)
    select m.room_id, m.seq, emoji, user_id, p_rev from wish where is_on
    on conflict do nothing
    returning emoji, user_id
  ), change as (
    select emoji, user_id, item, true as is_on from come join wish using (emoji, user_id)
    union all
    select emoji, user_id, null, false from gone
  )
  select jsonb_agg(each) into v_changes from (
    select emoji, min(item) as first, count(*) filter (where is_on) - count(*) filter (where not is_on) as more,
      coalesce(jsonb_agg(user_id order by item desc) filter (where is_on), '[]') as come,
      array_agg(user_id::text) filter (where not is_on) as gone
    from change group by emoji
  ) each;
  return case when v_changes is not null then summarize_reactions(m, v_before, v_changes) end;
end
$$;

-- The reactions of a message after these changes. Counts and names go on from those before: a message to which thousands
-- have reacted is not counted again, and its rows are read only where somebody whom `by` named takes a reaction back.
create or replace function summarize_reactions(m messages, p_before jsonb, p_changes jsonb) returns jsonb
language sql stable
as $$
  select coalesce(jsonb_agg(jsonb_build_object('emoji', emoji, 'count', count, 'by', by_ids) order by place, first), '[]')
  from (
    select coalesce(old.each ->> 'emoji', new.emoji) as emoji, old.place, new.first,
      coalesce((old.each ->> 'count')::bigint, 0) + coalesce(new.more, 0) as count,
      case
        when new.emoji is null then old.each -> 'by'
        when old.each -> 'by' ?| new.gone then newest_reactors(m.room_id, m.seq, new.emoji)
        else (
          select jsonb_agg(id order by no) from jsonb_array_elements(new.come || coalesce(old.each -> 'by', '[]'))
            with ordinality as named (id, no) where no <= 5)
      end as by_ids
    from jsonb_array_elements(p_before) with ordinality as old (each, place)
    full join jsonb_to_recordset(p_changes) as new (emoji text, first bigint, more bigint, come jsonb, gone text[])
      on new.emoji = old.each ->> 'emoji'
  ) reaction
  where count > 0
$$;

-- The five who reacted to a message with this emoji last.
create or replace function newest_reactors(p_room_id uuid, p_seq bigint, p_emoji text) returns jsonb language sql stable
as $$
  select jsonb_agg(user_id order by rev desc, user_id) from (
    select user_id, rev from reactions where room_id = p_room_id and seq = p_seq and emoji = p_emoji
    order by rev desc, user_id limit 5
  ) newest
$$;

-- Which of these items would bring more than p_max different emoji to a message. Those asked for first get the places
-- that are left.
create or replace function excess_reactions(m messages, p_nos integer[], p_emoji text[], p_ons boolean[], p_max integer)
returns integer[] language sql stable
as $$
  with there as (
    select coalesce(array_agg(each ->> 'emoji'), '{}') as emoji
    from jsonb_array_elements(m.payload #> '{annotations,reactions}') as each
  ), excess as (
    select p_emoji[item] as emoji from unnest(p_nos) as item
    where p_ons[item] and not p_emoji[item] = any ((select emoji from there)::text[])
    group by p_emoji[item] order by min(item)
    offset greatest(0, p_max - (select cardinality(emoji) from there))
  )
  select coalesce(array_agg(item), '{}') from unnest(p_nos) as item
  where p_ons[item] and p_emoji[item] in (select emoji from excess)
$$;

-- reaction:set, for all calls of a room that came together. Item i: the user p_user_ids[i], with the grants of
-- p_actor_ids[i], puts p_emoji[i] on the message p_seqs[i], or takes it back. A repeat changes nothing.
--
-- answers[i] is {refused}, or {rev, annotations} as that user gets them. Each message that changes takes one rev, and
-- `entries` has an entry for each, in their order above `after`.
create or replace function set_reactions(
  p_room_id uuid, p_user_ids uuid[], p_actor_ids uuid[], p_seqs bigint[], p_emoji text[], p_ons boolean[], p_max integer
) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m messages;
  v_head bigint;
  v_answers json[];
  v_entries json[] := '{}';
  v_seq bigint;
  -- The items of one message.
  v_nos integer[];
  v_no integer;
  v_reactions jsonb;
begin
  select * into r from rooms where id = p_room_id for no key update;
  v_head := r.head;
  v_answers := array(
    select reaction_refusal(r, i.user_id, i.actor_id, i.seq)
    from unnest(p_user_ids, p_actor_ids, p_seqs) with ordinality as i (user_id, actor_id, seq, no) order by i.no);
  for v_seq, v_nos in
    select i.seq, array_agg(i.no::integer order by i.no) from unnest(p_seqs) with ordinality as i (seq, no)
    where v_answers[i.no] is null group by i.seq order by i.seq
  loop
    select * into m from messages where room_id = r.id and seq = v_seq;
    foreach v_no in array excess_reactions(m, v_nos, p_emoji, p_ons, p_max) loop
      v_answers[v_no] := refuse('forbidden', json_build_object('quota', 'reactions', 'max', p_max));
      v_nos := array_remove(v_nos, v_no);
    end loop;
    v_reactions := write_reactions(m, v_head + 1, v_nos, p_user_ids, p_emoji, p_ons);
    if v_reactions is not null then
      v_head := v_head + 1;
      v_entries := v_entries || annotate(r.id, v_seq, v_head, case
        when v_reactions = '[]' then coalesce(m.payload -> 'annotations', '{}') - 'reactions'
        else coalesce(m.payload -> 'annotations', '{}') || jsonb_build_object('reactions', v_reactions) end);
      select * into m from messages where room_id = r.id and seq = v_seq;
    end if;
    foreach v_no in array v_nos loop
      v_answers[v_no] := json_build_object('rev', m.rev, 'annotations',
        annotations_for(coalesce(m.payload -> 'annotations', '{}'), r.id, v_seq, p_user_ids[v_no]));
    end loop;
  end loop;
  if v_head > r.head then
    update rooms set head = v_head where id = r.id;
    perform note_move(r.id);
  end if;
  return json_build_object('answers', array_to_json(v_answers), 'roomId', r.id, 'epoch', wire_epoch(r.epoch),
    'after', r.head, 'entries', array_to_json(v_entries));
end
$$;

-- reaction:list: a page of those who reacted to a message with this emoji, by their ids above p_after. p_actor_id and
-- p_reads_along as in sync_reader.
create or replace function list_reactions(
  p_room_id uuid, p_user_id uuid, p_actor_id uuid, p_reads_along boolean, p_seq bigint, p_emoji text, p_after uuid,
  p_limit integer
) returns json language plpgsql stable
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := reading_refusal(r, m, p_reads_along and is_service_of(r.tenant_id, p_actor_id));
  if v_refusal is null and not exists (
    select from messages where room_id = r.id and seq = p_seq and seq >= shown_from(r, m, p_actor_id)) then
    v_refusal := 'not_found';
  end if;
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  return (
    select json_build_object('users', coalesce(json_agg(wire_user(u) order by u.id) filter (where no <= p_limit), '[]'),
      'hasMore', count(*) > p_limit)
    from (
      select user_id, row_number() over (order by user_id) as no from reactions
      where room_id = p_room_id and seq = p_seq and emoji = p_emoji and (p_after is null or user_id > p_after)
      order by user_id limit p_limit + 1
    ) x join users u on u.id = x.user_id);
end
$$;

-- message:pin, by moderators and services, and in a direct room by both users. A repeat changes nothing, and returns the
-- message's present rev. At most p_max messages of a room are pinned. p_actor_id holds the grants that count: the user or,
-- if a service calls as the user, the service. p_by is who is shown as having pinned it.
create or replace function pin_message(
  p_room_id uuid, p_user_id uuid, p_actor_id uuid, p_by uuid, p_seq bigint, p_on boolean, p_max integer
) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_message messages;
  v_refusal json;
  v_now constant timestamptz := clock_ms();
  v_annotations jsonb;
  v_entry json;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := coalesce(
    refuse_if(coalesce(
      actor_refusal(r, m, is_service_of(r.tenant_id, p_user_id)),
      case when r.archived_at is not null then 'archived' end,
      grant_refusal(r, m, p_actor_id, case r.kind when 'direct' then 'send' else 'moderate' end))),
    mute_refusal(m));
  if v_refusal is not null then
    return v_refusal;
  end if;
  select * into v_message from messages
  where room_id = r.id and seq = p_seq and seq >= shown_from(r, m, p_actor_id);
  if v_message.seq is null then
    return refuse('not_found');
  elsif (v_message.pinned_at is not null) = p_on then
    return json_build_object('rev', v_message.rev);
  elsif v_message.deleted_at is not null then
    return refuse('conflict');
  elsif p_on and p_max <= (
    select count(*) from messages
    where room_id = r.id and pinned_at is not null and seq >= coalesce(r.first_seq, 0)) then
    return refuse('forbidden', json_build_object('quota', 'pins', 'max', p_max));
  end if;
  v_annotations := coalesce(v_message.payload -> 'annotations', '{}') - 'pinned';
  if p_on then
    v_annotations := v_annotations
      || jsonb_build_object('pinned', jsonb_build_object('by', p_by, 'at', wire_time(v_now)));
  end if;
  v_entry := annotate(r.id, p_seq, r.head + 1, v_annotations);
  update messages set pinned_at = case when p_on then v_now end where room_id = r.id and seq = p_seq;
  update rooms set head = head + 1 where id = r.id;
  perform note_move(r.id);
  return json_build_object('rev', r.head + 1, 'frame', json_build_object(
    'roomId', r.id, 'epoch', wire_epoch(r.epoch), 'after', r.head, 'head', r.head + 1,
    'entries', json_build_array(v_entry)));
end
$$;

-- A message whose payload has no annotations any more has lost its content, so nothing stands on it.
create or replace function drop_annotations() returns trigger language plpgsql
as $$
begin
  delete from reactions where room_id = new.room_id and seq = new.seq;
  new.pinned_at := null;
  return new;
end
$$;
