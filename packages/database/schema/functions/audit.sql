-- The audit log. Each row is inserted by the transaction that it records, so there is a line if and only if the act was
-- committed. Column defaults take the address and the request id from act_for.

-- A line about what a user did.
create or replace function write_audit(p_tenant_id uuid, p_actor_id uuid, p_action text, p_user_id uuid, p_room_id uuid)
returns void language sql volatile
as $$
  insert into audit_log (tenant_id, actor_id, action, user_id, room_id)
  values (p_tenant_id, p_actor_id, p_action, p_user_id, p_room_id)
$$;

-- A line about what an operator did. Operators are not users.
create or replace function write_operator_audit(p_tenant_id uuid, p_action text, p_user_id uuid, p_details jsonb)
returns void language sql volatile
as $$
  insert into audit_log (tenant_id, action, user_id, details) values (p_tenant_id, p_action, p_user_id, p_details)
$$;

-- Call it in the FROM clause of a statement that acts: until the transaction ends, it sets what audit lines say about
-- the call. It is plpgsql because SQL functions can be inlined and dropped.
create or replace function act_for(p_address text, p_request_id text, p_details text) returns void language plpgsql volatile
as $$
begin
  perform set_config('madang.address', coalesce(p_address, ''), true),
    set_config('madang.request_id', coalesce(p_request_id, ''), true),
    set_config('madang.details', coalesce(p_details, ''), true);
end
$$;

-- Lines about acts that are not a Postgres transaction, such as signing in.
create or replace function append_audit(p_lines jsonb) returns void language sql volatile
as $$
  insert into audit_log (tenant_id, actor_id, action, user_id, room_id, at, address, request_id, reason, details)
  select tenant_id, actor_id, action, user_id, room_id, coalesce(at, clock_ms()), address, request_id, reason, details
  from jsonb_to_recordset(p_lines) as line (
    tenant_id uuid, actor_id uuid, action text, user_id uuid, room_id uuid, at timestamptz, address inet,
    request_id text, reason text, details jsonb)
$$;

-- The only way to delete audit lines: it deletes those older than the age in `cluster`, whichever role calls. It runs
-- with its owner's rights; its search_path is fixed, and grant_privileges says which roles may call it.
create or replace function prune_audit_log(p_limit integer) returns integer language sql volatile security definer
as $$
  with expired as (
    select id from audit_log
    where at < clock_ms() - (select audit_days from cluster) * interval '1 day'
    order by at limit p_limit
  ), pruned as (
    delete from audit_log where id in (select id from expired) returning 1
  )
  select count(*)::integer from pruned
$$;

-- `create or replace` has just reset the search_path. It cannot be a constant, since the operator chooses the schema.
do $$
begin
  execute format('alter function prune_audit_log(integer) set search_path = %I, pg_temp', current_schema());
end
$$;
revoke execute on function prune_audit_log(integer) from public;

-- audit:list, newest first, for an administrator of the tenant or a service with the scope for it; null for everybody else.
-- Gateways may not read the audit log, so it runs with its owner's rights and itself decides who is shown which lines.
create or replace function list_audit_for(p_tenant_id uuid, p_actor_id uuid, p_action text, p_before bigint, p_limit integer)
returns json language sql stable security definer
as $$
  select case when judges_all(p_tenant_id, p_actor_id) then (
    select coalesce(json_agg(line.wire order by line.id desc), '[]') from (
      select a.id, json_strip_nulls(json_build_object(
        'id', a.id, 'at', wire_time(a.at), 'action', a.action,
        'actor', (select wire_user(u) from users u where u.id = a.actor_id),
        'user', (select wire_user(u) from users u where u.id = a.user_id), 'roomId', a.room_id,
        'address', host(a.address), 'reason', coalesce(a.reason, a.details ->> 'reason'))) as wire
      from audit_log a
      where a.tenant_id = p_tenant_id and (p_action is null or a.action = p_action)
        and (p_before is null or a.id < p_before)
      order by a.id desc limit p_limit
    ) line) end
$$;

do $$
begin
  execute format('alter function list_audit_for set search_path = %I, pg_temp', current_schema());
end
$$;
revoke execute on function list_audit_for(uuid, uuid, text, bigint, integer) from public;
