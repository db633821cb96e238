-- Reports of messages. A report keeps the message as it was. Those who may moderate the room judge it, and the tenant's
-- administrators and services judge all.

create or replace function is_admin_of(p_tenant_id uuid, p_user_id uuid) returns boolean language sql stable
as $$
  select exists (select from users where id = p_user_id and tenant_id = p_tenant_id and is_admin
    and disabled_at is null and deleted_at is null)
$$;

create or replace function judges_all(p_tenant_id uuid, p_actor_id uuid) returns boolean language sql stable
as $$ select is_admin_of(p_tenant_id, p_actor_id) or is_service_of(p_tenant_id, p_actor_id) $$;

create or replace function judges(r rooms, m memberships, p_actor_id uuid) returns boolean language sql stable
as $$
  select m.room_id is not null and not m.banned and 'moderate' = any (granted_to(r, m, p_actor_id))
$$;

create or replace function wire_report(p reports) returns json language sql stable
as $$
  select with_field(json_strip_nulls(json_build_object(
    'id', p.id, 'roomId', p.room_id, 'seq', p.seq,
    'reporter', (select wire_user(u) from users u where u.id = p.reporter_id), 'reason', p.reason,
    'createdAt', wire_time(p.created_at), 'decidedAt', wire_time(p.decided_at),
    'decidedBy', (select wire_user(u) from users u where u.id = p.decided_by), 'outcome', p.outcome,
    'decision', p.decision)), 'message', p.snapshot::json)
$$;

-- Writes an item for up to 20 of the room's owner and moderators, and returns who they are. Lock order: inboxes by user id.
create or replace function write_report_items(r rooms, p_seq bigint, p_reporter_id uuid, p_sender_id uuid) returns uuid[]
language plpgsql volatile
as $$
declare
  v_batch_id constant uuid := gen_random_uuid();
  v_user_ids constant uuid[] := array(
    select m.user_id from memberships m join users u on u.id = m.user_id
    where m.room_id = r.id and m.role <> 'member' and not m.banned and m.user_id not in (p_reporter_id, p_sender_id)
      and coalesce(m.level <> 'none', true) and u.kind <> 'service' and u.deleted_at is null
    order by m.role = 'owner' desc, m.user_id limit 20);
  v_ids uuid[];
begin
  if cardinality(v_user_ids) = 0 then
    return v_user_ids;
  end if;
  v_ids := array(select gen_random_uuid() from unnest(v_user_ids));
  insert into inboxes (user_id, tenant_id) select user_id, r.tenant_id from unnest(v_user_ids) as user_id
  order by user_id on conflict do nothing;
  perform from inboxes where user_id = any (v_user_ids) order by user_id for no key update;
  insert into notification_batches (id, tenant_id, sender_id, type, data, ids, room_id, seq)
  values (v_batch_id, r.tenant_id, p_reporter_id, 'madang.report', '{}', v_ids, r.id, p_seq);
  with moved as (
    update inboxes set head = head + 1, unread = unread + 1 where user_id = any (v_user_ids) returning user_id, head
  )
  insert into notifications (id, user_id, seq, rev, batch_id, created_at, room_id)
  select item.id, moved.user_id, moved.head, moved.head, v_batch_id, clock_ms(), r.id
  from moved join unnest(v_user_ids, v_ids) as item (user_id, id) using (user_id);
  insert into signals (kind, user_ids) values ('notified', v_user_ids);
  return v_user_ids;
end
$$;

-- report:create, by a member who is shown the message. A repeat returns the first report.
create or replace function create_report(
  p_id uuid, p_room_id uuid, p_user_id uuid, p_actor_id uuid, p_seq bigint, p_reason text
) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_message messages;
  v_refusal text;
  v_id uuid;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := writer_refusal(r, m);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  select id into v_id from reports where room_id = p_room_id and seq = p_seq and reporter_id = p_user_id;
  if v_id is not null then
    return json_build_object('id', v_id, 'notified', '[]'::json);
  end if;
  select * into v_message from messages
  where room_id = p_room_id and seq = p_seq and seq >= shown_from(r, m, p_actor_id) and deleted_at is null;
  if v_message.seq is null then
    return refuse('not_found');
  end if;
  if v_message.sender_id = p_user_id then
    return refuse('invalid');
  end if;
  insert into reports (id, tenant_id, room_id, seq, reporter_id, reason, snapshot)
  values (p_id, r.tenant_id, r.id, p_seq, p_user_id, p_reason, wire_message(v_message)::jsonb);
  perform write_audit(r.tenant_id, p_actor_id, 'report:create', v_message.sender_id, r.id);
  return json_build_object(
    'id', p_id, 'notified', to_json(write_report_items(r, p_seq, p_user_id, v_message.sender_id)));
end
$$;

-- report:list: the reports that the actor judges, newest first, before (p_at, p_id). p_open: only those that wait, or only
-- others.
create or replace function list_reports(
  p_tenant_id uuid, p_actor_id uuid, p_room_id uuid, p_open boolean, p_at timestamptz, p_id uuid, p_limit integer
) returns json language plpgsql stable
as $$
declare
  v_is_all constant boolean := judges_all(p_tenant_id, p_actor_id);
  v_room_ids uuid[];
begin
  if not v_is_all then
    v_room_ids := array(
      select r.id from memberships m join rooms r on r.id = m.room_id
      where m.user_id = p_actor_id and case when exists (select from reports p where p.room_id = r.id)
        then judges(r, m, p_actor_id) else false end);
  end if;
  return (
    select coalesce(json_agg(wire_report(p) order by p.created_at desc, p.id desc), '[]')
    from (
      select found.* from reports found
      where found.tenant_id = p_tenant_id and (v_is_all or found.room_id = any (v_room_ids))
        and (p_room_id is null or found.room_id = p_room_id)
        and (p_open is null or (found.decided_at is null) = p_open)
        and (p_at is null or (found.created_at, found.id) < (p_at, p_id))
      order by found.created_at desc, found.id desc limit p_limit
    ) p);
end
$$;

-- report:decide. The outcome is carried out in the same transaction: the message is deleted, or its sender muted until that is
-- lifted, or banned. The same decision again changes nothing; another one is a `conflict`.
create or replace function decide_report(
  p_tenant_id uuid, p_id uuid, p_actor_id uuid, p_outcome text, p_reason text
) returns json language plpgsql volatile
as $$
declare
  v_is_all constant boolean := judges_all(p_tenant_id, p_actor_id);
  p reports;
  r rooms;
  actor memberships;
  target memberships;
  v_sender_id uuid;
  v_message messages;
  v_refusal text;
begin
  select * into p from reports where id = p_id and tenant_id = p_tenant_id;
  select * into r from rooms where id = p.room_id for no key update;
  select * into actor from memberships where room_id = r.id and user_id = p_actor_id;
  if p.id is null or not (v_is_all or judges(r, actor, p_actor_id)) then
    return refuse('not_found');
  end if;
  select * into p from reports where id = p_id for update;
  if p.outcome is not null then
    return case when p.outcome = p_outcome then json_build_object('report', wire_report(p))
      else refuse('conflict', json_build_object('outcome', p.outcome)) end;
  end if;
  v_sender_id := (p.snapshot #>> '{sender,id}')::uuid;
  select * into target from memberships where room_id = r.id and user_id = v_sender_id;
  v_refusal := case
    when p_outcome = 'dismissed' then null
    when r.closed_at is not null then 'room_closed'
    when r.archived_at is not null then 'archived'
    when p_outcome = 'deleted' then null
    when v_sender_id = p_actor_id then 'forbidden'
    when not v_is_all and role_rank(actor.role) <= role_rank(coalesce(target.role, 'member')) then 'forbidden'
    when p_outcome = 'muted' and (target.room_id is null or target.banned) then 'conflict'
    when p_outcome = 'banned' and r.kind = 'direct' then 'conflict'
  end;
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;

  if p_outcome = 'deleted' then
    select * into v_message from messages where room_id = r.id and seq = p.seq and deleted_at is null;
    if v_message.seq is not null then
      perform rewrite_message(
        r, p.seq, '', jsonb_strip_nulls(jsonb_build_object('via', v_message.payload -> 'via')), true);
    end if;
  elsif p_outcome = 'muted' then
    update memberships set muted_until = '9999-12-31T00:00:00Z' where room_id = r.id and user_id = v_sender_id;
  elsif p_outcome = 'banned' and target.room_id is null then
    insert into memberships (tenant_id, room_id, user_id, joined_at_rev, read_seq, banned)
    values (r.tenant_id, r.id, v_sender_id, r.head + 1, r.head, true);
  elsif p_outcome = 'banned' and not target.banned then
    perform end_membership(r.id, v_sender_id, 'banned');
  end if;
  if p_outcome in ('muted', 'banned') then
    insert into signals (kind, user_id, room_id) values ('user', v_sender_id, r.id);
    perform note_move(r.id);
  end if;
  update reports set decided_at = clock_ms(), decided_by = p_actor_id, outcome = p_outcome, decision = p_reason
  where id = p.id returning * into p;
  insert into audit_log (tenant_id, actor_id, action, user_id, room_id, reason, details)
  values (r.tenant_id, p_actor_id, 'report:decide', v_sender_id, r.id, p_reason,
    jsonb_build_object('reportId', p.id, 'seq', p.seq, 'outcome', p_outcome));
  return drop_null_fields(json_build_object(
    'report', wire_report(p),
    'roomId', r.id, 'userId', case when p_outcome in ('muted', 'banned') then v_sender_id end,
    'frame', (select new_frame(r.id, r.head) from rooms now where now.id = r.id and now.head > r.head)));
end
$$;
