-- Policies: a tenant's rules as one document, and what is derived from it. The application checks the document
-- (packages/protocol/src/policy.ts) and always sends the whole of it.

-- The holders of grants in order: each includes those after it.
create or replace function holder_rank(p_holder text) returns smallint language sql immutable
as $$ select array_position(array['anyone', 'member', 'moderator', 'owner', 'service'], p_holder)::smallint - 1::smallint $$;

-- Makes room_types equal to the document. It locks no room: statements that begin later read the new rules.
create or replace function compile_room_types(p_tenant_id uuid, p_types jsonb) returns void language sql volatile
as $$
  delete from room_types where tenant_id = p_tenant_id and not p_types ? name;
  insert into room_types (
    tenant_id, name, visibility, guests, oversight, keep_days, closed_days, edit_minutes, push, may_create, may_join,
    may_add, may_members, may_history, may_send, may_attach, may_data, may_edit, may_delete, may_moderate, may_manage)
  select p_tenant_id, name, rule ->> 'visibility', rule ->> 'guests', (rule ->> 'oversight')::boolean,
    (rule ->> 'keepDays')::integer, (rule ->> 'closedDays')::integer, (rule ->> 'editMinutes')::integer,
    (rule ->> 'push')::boolean, holder_rank(g ->> 'create'), holder_rank(g ->> 'join'), holder_rank(g ->> 'add'),
    holder_rank(g ->> 'members'), holder_rank(g ->> 'history'), holder_rank(g ->> 'send'), holder_rank(g ->> 'attach'),
    holder_rank(g ->> 'data'), holder_rank(g ->> 'edit'), holder_rank(g ->> 'delete'), holder_rank(g ->> 'moderate'),
    holder_rank(g ->> 'manage')
  from jsonb_each(p_types) as type (name, rule) cross join lateral (select rule -> 'grants') as granted (g)
  on conflict (tenant_id, name) do update set
    visibility = excluded.visibility, guests = excluded.guests, oversight = excluded.oversight,
    keep_days = excluded.keep_days, closed_days = excluded.closed_days, edit_minutes = excluded.edit_minutes,
    push = excluded.push, may_create = excluded.may_create, may_join = excluded.may_join, may_add = excluded.may_add,
    may_members = excluded.may_members, may_history = excluded.may_history, may_send = excluded.may_send,
    may_attach = excluded.may_attach, may_data = excluded.may_data, may_edit = excluded.may_edit,
    may_delete = excluded.may_delete, may_moderate = excluded.may_moderate, may_manage = excluded.may_manage;
$$;

-- Makes these the default rooms, in this order. p_names[i] finds the open room that had this name before; otherwise a
-- new room with the id p_ids[i] is created. Locks the rooms that change, in the order of their ids. Existing accounts
-- stay in the rooms they are in.
create or replace function set_default_rooms(p_tenant_id uuid, p_names text[], p_ids uuid[]) returns void
language plpgsql volatile
as $$
declare
  r rooms;
begin
  for r in
    select * from rooms where tenant_id = p_tenant_id and default_name is not null
      and (is_default <> (closed_at is null and default_name = any (p_names)) or closed_at is not null)
    order by id for no key update
  loop
    if r.closed_at is not null then
      update rooms set is_default = false, default_name = null where id = r.id;
    else
      update rooms set is_default = not is_default, head = head + 1, rev = head + 1 where id = r.id;
      perform note_move(r.id);
    end if;
  end loop;
  insert into rooms (id, tenant_id, title, visibility, owner_id, created_by, is_default, default_name, overseen)
  select new.id, p_tenant_id, new.name, case t.visibility when 'private' then 'private' else 'public' end, u.id, u.id, true, new.name, t.oversight
  from unnest(p_names, p_ids) as new (name, id)
  join users u on u.tenant_id = p_tenant_id and u.kind = 'service' and u.name_key = 'madang' and u.deleted_at is null
  join room_types t on t.tenant_id = p_tenant_id and t.name = 'room'
  where not exists (select from rooms where tenant_id = p_tenant_id and default_name = new.name);
  update tenants set general_room_id = (
    select id from rooms where tenant_id = p_tenant_id and is_default and default_name = p_names[1])
  where id = p_tenant_id;
end
$$;

-- Replaces the policy. One transaction writes it with its version, its types, its default rooms, the audit line and the
-- signal that makes every node read it again. p_version is the version the caller has read; null replaces any.
--   conflict {version}   somebody else was faster
--   invalid {issues}     the new policy lacks a type that rooms have
create or replace function write_policy(
  p_tenant_id uuid, p_version bigint, p_policy jsonb, p_room_ids uuid[], p_actor_id uuid, p_changes jsonb
) returns json language plpgsql volatile
as $$
declare
  t tenants;
  v_used json;
begin
  select * into t from tenants where id = p_tenant_id for no key update;
  if t.id is null then
    return refuse('not_found');
  end if;
  if t.policy_version <> p_version then
    return refuse('conflict', json_build_object('version', t.policy_version));
  end if;
  select json_agg(json_build_object('path', 'types.' || gone.name, 'message', 'rooms have this type')) into v_used
  from room_types gone
  where gone.tenant_id = p_tenant_id and not p_policy -> 'types' ? gone.name and exists (
    select from rooms where tenant_id = p_tenant_id and type = gone.name and blanked_at is null);
  if v_used is not null then
    return refuse('invalid', json_build_object('issues', v_used));
  end if;

  update tenants set
    policy = p_policy,
    policy_version = policy_version + 1,
    registration = (p_policy #>> '{signIn,register}')::boolean,
    guests = (p_policy #>> '{signIn,guests}')::boolean,
    directory = (p_policy #>> '{people,directory}')::boolean
  where id = p_tenant_id
  returning * into t;
  perform compile_room_types(p_tenant_id, p_policy -> 'types');
  perform mark_spent_messages(p_tenant_id);
  perform set_default_rooms(
    p_tenant_id, array(select jsonb_array_elements_text(p_policy -> 'defaultRooms')), p_room_ids);
  insert into audit_log (tenant_id, actor_id, action, details)
  values (p_tenant_id, p_actor_id, 'tenant:set-policy',
    jsonb_build_object('version', t.policy_version, 'changes', p_changes));
  insert into signals (kind, tenant_id) values ('tenant', p_tenant_id);
  perform set_event_days(p_tenant_id, coalesce((p_policy ->> 'eventDays')::integer, 0));
  return json_build_object('version', t.policy_version);
end
$$;

-- write_policy for an operator, whose role may write tenants.
create or replace function set_policy(
  p_tenant_id uuid, p_version bigint, p_policy jsonb, p_room_ids uuid[], p_changes jsonb
) returns json language sql volatile
as $$ select write_policy(p_tenant_id, p_version, p_policy, p_room_ids, null, p_changes) $$;

-- write_policy for the tenant's own service, which cannot raise its own limits, and for its administrators, who change neither
-- that nor what leads to and from other systems: issuers, origins, events. Gateways may not write tenants, so it
-- runs with its owner's rights and itself decides what a service may change.
create or replace function patch_policy(
  p_tenant_id uuid, p_version bigint, p_policy jsonb, p_room_ids uuid[], p_actor_id uuid, p_changes jsonb
) returns json language plpgsql volatile security definer
as $$
declare
  v_kept jsonb := (select policy from tenants where id = p_tenant_id for no key update);
  v_part text;
begin
  if not judges_all(p_tenant_id, p_actor_id) then
    return refuse('forbidden');
  end if;
  foreach v_part in array array['limits', 'quotas', 'weight'] || case
    when is_service_of(p_tenant_id, p_actor_id) then '{}' else array['origins', 'eventDays', 'signIn.issuers'] end
  loop
    if v_kept #> string_to_array(v_part, '.') is distinct from p_policy #> string_to_array(v_part, '.') then
      return refuse('forbidden', json_build_object('path', v_part));
    end if;
  end loop;
  return write_policy(p_tenant_id, p_version, p_policy, p_room_ids, p_actor_id, p_changes);
end
$$;

-- `create or replace` has just reset the search_path. It cannot be a constant, since the operator chooses the schema.
do $$
begin
  execute format('alter function patch_policy set search_path = %I, pg_temp', current_schema());
end
$$;
revoke execute on function patch_policy(uuid, bigint, jsonb, uuid[], uuid, jsonb) from public;
