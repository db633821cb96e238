-- Images: the uploader stores one, a message binds it, and the worker collects it. Only store_with_attachments locks an
-- image's row before its room, and only while no message carries the image.

-- POST /files. p_quota limits how many bytes a user keeps; two uploads at the same moment may exceed it by one of them.
create or replace function insert_attachment(
  p_id uuid, p_tenant_id uuid, p_user_id uuid, p_name text, p_type text, p_width integer, p_height integer,
  p_image bytea, p_thumbnail_type text, p_thumbnail bytea, p_quota bigint
) returns json language plpgsql volatile
as $$
declare
  a attachments;
begin
  if (select coalesce(sum(size), 0) from attachments where user_id = p_user_id) + octet_length(p_image) > p_quota then
    return refuse('too_large', json_build_object('quotaBytes', p_quota));
  end if;
  insert into attachments (id, tenant_id, user_id, name, type, size, width, height)
  values (p_id, p_tenant_id, p_user_id, p_name, p_type, octet_length(p_image), p_width, p_height)
  returning * into a;
  insert into blobs (attachment_id, variant, type, bytes)
  values (a.id, 'image', p_type, p_image), (a.id, 'thumbnail', p_thumbnail_type, p_thumbnail);
  return wire_attachment(a);
end
$$;

-- GET /files/:id. Readers of a message may read its image, the uploader an unsent one, and everyone an avatar.
-- p_actor_id and p_reads_along as in sync_reader.
create or replace function find_image(
  p_tenant_id uuid, p_user_id uuid, p_actor_id uuid, p_reads_along boolean, p_id uuid, p_variant text
) returns json language plpgsql stable
as $$
declare
  a attachments;
  r rooms;
  m memberships;
  v_refusal text;
begin
  select * into a from attachments where id = p_id and tenant_id = p_tenant_id and orphaned_at is null;
  if a.id is null or (a.room_id is null and not a.is_avatar and a.user_id <> p_user_id) then
    return refuse('not_found');
  end if;
  if a.room_id is not null then
    select * into r from rooms where id = a.room_id;
    select * into m from memberships where room_id = a.room_id and user_id = p_user_id;
    v_refusal := reading_refusal(r, m, p_reads_along and is_service_of(p_tenant_id, p_actor_id));
    if v_refusal is null and a.seq < shown_from(r, m, p_actor_id) then
      v_refusal := 'not_found';
    end if;
    if v_refusal is not null then
      return refuse(v_refusal);
    end if;
  end if;
  return (
    select json_build_object('id', a.id, 'name', a.name, 'type', b.type, 'size', octet_length(b.bytes))
    from blobs b where b.attachment_id = a.id and b.variant = p_variant);
end
$$;

-- GET /files/:id for gateways of the previous release, during a rolling upgrade.
create or replace function find_file(p_tenant_id uuid, p_user_id uuid, p_id uuid, p_variant text)
returns json language sql stable
as $$ select find_image(p_tenant_id, p_user_id, p_user_id, false, p_id, p_variant) $$;

-- Makes one of the user's unsent images the avatar, and releases the previous one.
create or replace function claim_avatar(p_user_id uuid, p_id uuid) returns json language plpgsql volatile
as $$
begin
  update attachments set is_avatar = true
  where id = p_id and user_id = p_user_id and room_id is null and orphaned_at is null;
  if not found then
    return refuse('not_found');
  end if;
  update attachments set orphaned_at = clock_ms()
  where user_id = p_user_id and is_avatar and id <> p_id and orphaned_at is null;
  return '{}';
end
$$;

-- Calls store_messages for a batch with images. p_attachment_ids[i] is the array of image ids, as text, of item i. Each
-- image must be the sender's own, unsent, and not named by an earlier item of the same sender. A message and its images
-- commit together; a duplicate binds nothing. Batches without images do not come here and pay nothing.
--
-- Further outcomes: unattachable, grant:attach. Such an item is passed on with an impossible reply_to, so
-- store_messages still decides about duplicates and rights first, and in one place.
create or replace function store_with_attachments(
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
  p_kinds text[],
  p_attachment_ids text[]
) returns table (
  outcome text, seq bigint, created_at timestamptz, epoch text, muted_until timestamptz, attachments jsonb
)
language plpgsql volatile
as $$
#variable_conflict use_column
declare
  v record;
  v_ids uuid[];
  v_unattachable bigint[];
begin
  -- In one order, and only images that no message carries: a deletion locks the room first and its images second.
  perform from attachments a
  where a.id in (select unnest(ids::uuid[]) from unnest(p_attachment_ids) as ids) and a.room_id is null
  order by a.id for no key update;

  v_unattachable := array(
    select i.no
    from unnest(p_attachment_ids, p_sender_ids, p_client_ids) with ordinality as i (ids, sender_id, client_id, no)
    where i.ids is not null and (
      cardinality(i.ids::uuid[]) <> (
        select count(*) from attachments a
        where a.id = any (i.ids::uuid[]) and a.user_id = i.sender_id and a.room_id is null and not a.is_avatar
          and a.orphaned_at is null)
      or exists (
        select from unnest(p_attachment_ids, p_sender_ids, p_client_ids) with ordinality
          as earlier (ids, sender_id, client_id, no)
        where earlier.no < i.no and earlier.sender_id = i.sender_id and earlier.client_id <> i.client_id
          and earlier.ids::uuid[] && i.ids::uuid[])));

  for v in
    select r.* from store_messages(
      p_room_ids, p_wait, p_room_nos, p_tenant_ids, p_sender_ids, p_senders, p_client_ids, p_texts,
      array(
        select case when i.no = any (v_unattachable) then -1 else i.reply_to end
        from unnest(p_reply_tos) with ordinality as i (reply_to, no) order by i.no),
      -- Makes store_messages check the grant under the room's lock; the update below fills in the images.
      array(
        select case when i.ids is null then i.payload else coalesce(i.payload, '{}') || '{"attachments": []}' end
        from unnest(p_attachment_ids, p_payloads) with ordinality as i (ids, payload, no) order by i.no),
      p_kinds
    ) with ordinality as r (outcome, seq, created_at, epoch, muted_until, no)
  loop
    outcome := v.outcome;
    seq := v.seq;
    created_at := v.created_at;
    epoch := v.epoch;
    muted_until := v.muted_until;
    attachments := null;
    if v.outcome = 'invalid' and v.no = any (v_unattachable) then
      outcome := 'unattachable';
    elsif v.outcome = 'stored' and p_attachment_ids[v.no] is not null then
      v_ids := p_attachment_ids[v.no]::uuid[];
      update attachments a set room_id = p_room_ids[p_room_nos[v.no]], seq = v.seq where a.id = any (v_ids);
      attachments := (
        select jsonb_agg(wire_attachment(a) order by array_position(v_ids, a.id))
        from attachments a where a.id = any (v_ids));
      update messages m set payload = m.payload || jsonb_build_object('attachments', attachments)
      where m.room_id = p_room_ids[p_room_nos[v.no]] and m.seq = v.seq;
    end if;
    return next;
  end loop;
end
$$;

-- For gateways of the previous release, during a rolling upgrade.
create or replace function append_with_attachments(
  p_room_ids uuid[],
  p_wait boolean,
  p_room_nos integer[],
  p_tenant_ids uuid[],
  p_sender_ids uuid[],
  p_senders jsonb[],
  p_client_ids uuid[],
  p_texts text[],
  p_reply_tos bigint[],
  p_attachment_ids text[]
) returns table (
  outcome text, seq bigint, created_at timestamptz, epoch text, muted_until timestamptz, attachments jsonb
)
language sql volatile
as $$
  select case when s.outcome = 'archived' or s.outcome like 'grant:%' or s.outcome like 'quota:%' then 'forbidden' else s.outcome end, s.seq, s.created_at, s.epoch,
    s.muted_until, s.attachments
  from store_with_attachments(p_room_ids, p_wait, p_room_nos, p_tenant_ids, p_sender_ids, p_senders, p_client_ids,
    p_texts, p_reply_tos, null, null, p_attachment_ids) as s
$$;

-- Releases the images of a message whose payload loses them because it was deleted, erased or blanked.
create or replace function orphan_attachments() returns trigger language plpgsql
as $$
begin
  update attachments set orphaned_at = clock_ms() where room_id = old.room_id and seq = old.seq;
  return null;
end
$$;

-- For the worker: removes images that nobody can see any more, and those that were never sent.
create or replace function collect_files(p_unsent_before timestamptz, p_limit integer) returns integer language sql volatile
as $$
  with gone as (
    (select id from attachments where orphaned_at is not null order by orphaned_at limit p_limit)
    union
    (select a.id from attachments a
      where a.room_id is null and a.created_at < p_unsent_before and not exists (
        select from users u where u.id = a.user_id and u.avatar_id = a.id)
      order by a.created_at limit p_limit)
  ), deleted as (
    delete from attachments where id in (
      select id from attachments where id in (select id from gone) limit p_limit for update skip locked)
    returning id
  )
  select count(*)::int from deleted
$$;
