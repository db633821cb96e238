-- What each tenant has and uses. Triggers note every change of what it has, whichever function makes it. Gateways
-- report calls, messages and connections; the worker adds up.

-- What a tenant currently has.
create or replace function usage_of(p_tenant_id uuid) returns table (users bigint, rooms bigint, bytes bigint)
language sql stable
as $$
  select coalesce(sum(part.users), 0)::bigint, coalesce(sum(part.rooms), 0)::bigint, coalesce(sum(part.bytes), 0)::bigint
  from (
    select u.users, u.rooms, u.bytes from tenant_usage u where u.tenant_id = p_tenant_id
    union all
    select c.users, c.rooms, c.bytes from usage_changes c where c.tenant_id = p_tenant_id
  ) as part
$$;

-- Notes a change. If it exceeds a quota of the tenant, raises MDQ01, which rolls back the whole statement. Only tenants
-- with that quota wait for one another here: otherwise two concurrent calls would exceed it by one of them.
create or replace function note_usage(p_tenant_id uuid, p_users bigint, p_rooms bigint, p_bytes bigint, p_quota text)
returns void language plpgsql volatile
as $$
declare
  v_max bigint := (select (policy #>> array['quotas', p_quota])::bigint from tenants where id = p_tenant_id);
  v_used bigint;
begin
  insert into usage_changes (tenant_id, users, rooms, bytes) values (p_tenant_id, p_users, p_rooms, p_bytes);
  if v_max is null then
    return;
  end if;
  perform pg_advisory_xact_lock(7243006, hashtext(p_quota || p_tenant_id));
  select case p_quota when 'users' then u.users when 'rooms' then u.rooms else u.bytes end into v_used
  from usage_of(p_tenant_id) u;
  if v_used > v_max then
    raise exception using errcode = 'MDQ01', message = p_quota, detail = v_max;
  end if;
end
$$;

-- Services belong to the operator, and do not count as users.
create or replace function note_new_users() returns trigger language plpgsql
as $$
begin
  perform note_usage(part.tenant_id, part.count, 0, 0, 'users')
  from (select tenant_id, count(*) from made where kind <> 'service' group by tenant_id order by tenant_id) as part;
  return null;
end
$$;

create or replace function note_gone_user() returns trigger language plpgsql
as $$
begin
  perform note_usage(old.tenant_id, -1, 0, 0, null);
  return null;
end
$$;

-- A room that a policy makes is not refused for a quota, but it counts.
create or replace function note_new_rooms() returns trigger language plpgsql
as $$
begin
  perform note_usage(part.tenant_id, 0, part.count, 0, case when not part.is_default then 'rooms' end)
  from (select tenant_id, is_default, count(*) from made group by tenant_id, is_default order by 1, 2) as part;
  return null;
end
$$;

create or replace function note_closed_room() returns trigger language plpgsql
as $$
begin
  perform note_usage(old.tenant_id, 0, -1, 0, null);
  return null;
end
$$;

create or replace function note_new_files() returns trigger language plpgsql
as $$
begin
  perform note_usage(part.tenant_id, 0, 0, part.bytes, 'bytes')
  from (select tenant_id, sum(size) as bytes from made group by tenant_id order by tenant_id) as part;
  return null;
end
$$;

create or replace function note_gone_files() returns trigger language plpgsql
as $$
begin
  perform note_usage(part.tenant_id, 0, 0, -part.bytes, null)
  from (select tenant_id, sum(size) as bytes from gone group by tenant_id order by tenant_id) as part;
  return null;
end
$$;

-- Counts once what existed before the triggers of noting-triggers.sql. Every transaction that this does not see began
-- after the triggers were made, and has noted its changes. Notes not yet added up are subtracted, since they will be
-- added.
create or replace function begin_usage() returns void language plpgsql volatile
as $$
begin
  -- Workers that add up wait for this lock; nobody else writes here. Each statement sees everything committed before
  -- it.
  lock table tenant_usage in exclusive mode;
  if exists (select from tenant_usage) then
    return;
  end if;
  insert into tenant_usage (tenant_id, users, rooms, bytes)
  select t.id, coalesce(u.count, 0) - coalesce(c.users, 0), coalesce(r.count, 0) - coalesce(c.rooms, 0),
    coalesce(a.bytes, 0) - coalesce(c.bytes, 0)
  from tenants t
  left join (select tenant_id, count(*) from users where deleted_at is null and kind <> 'service' group by tenant_id) u
    on u.tenant_id = t.id
  left join (select tenant_id, count(*) from rooms where closed_at is null group by tenant_id) r on r.tenant_id = t.id
  left join (select tenant_id, sum(size) as bytes from attachments group by tenant_id) a on a.tenant_id = t.id
  left join (
    select tenant_id, sum(users) as users, sum(rooms) as rooms, sum(bytes) as bytes from usage_changes group by tenant_id) c
    on c.tenant_id = t.id;
end
$$;

create or replace function usage_day() returns date language sql stable
as $$ select (clock_ms() at time zone 'UTC')::date $$;

-- A gateway's counts since its last report; item i belongs to tenant p_tenant_ids[i], in the order of their ids. A
-- report counts twice if it is sent again after a lost answer.
create or replace function report_usage(
  p_node_id text, p_tenant_ids uuid[], p_messages bigint[], p_calls bigint[], p_connections integer[]
) returns void language sql volatile
as $$
  insert into usage_days as d (tenant_id, day, messages, calls)
  select i.tenant_id, usage_day(), i.messages, i.calls
  from unnest(p_tenant_ids, p_messages, p_calls) as i (tenant_id, messages, calls)
  join tenants t on t.id = i.tenant_id
  where i.messages > 0 or i.calls > 0
  order by i.tenant_id
  on conflict (tenant_id, day) do update set messages = d.messages + excluded.messages, calls = d.calls + excluded.calls;
  insert into node_connections as n (node_id, tenant_id, connections)
  select p_node_id, i.tenant_id, i.connections
  from unnest(p_tenant_ids, p_connections) as i (tenant_id, connections)
  join tenants t on t.id = i.tenant_id
  order by i.tenant_id
  on conflict (node_id, tenant_id) do update set connections = excluded.connections, at = clock_ms();
$$;

-- For the worker: adds up to p_limit changes to the totals; returns how many.
create or replace function add_up_usage(p_limit integer) returns integer language sql volatile
as $$
  with taken as (
    delete from usage_changes where id in (
      select id from usage_changes order by id limit p_limit for update skip locked)
    returning tenant_id, users, rooms, bytes
  ), added as (
    insert into tenant_usage as u (tenant_id, users, rooms, bytes)
    select tenant_id, sum(users), sum(rooms), sum(bytes) from taken group by tenant_id order by tenant_id
    on conflict (tenant_id) do update set
      users = u.users + excluded.users, rooms = u.rooms + excluded.rooms, bytes = u.bytes + excluded.bytes
  )
  select count(*)::integer from taken
$$;

-- For the worker: records the current totals for today, and stops the sends of tenants that have used up today's
-- messages until the end of the day. Reports older than p_fresh_ms are ignored.
create or replace function measure_usage(p_fresh_ms float8) returns void language sql volatile
as $$
  insert into usage_days as d (tenant_id, day, users, rooms, bytes, connections)
  select t.id, usage_day(), u.users, u.rooms, u.bytes, coalesce((
    select sum(n.connections) from node_connections n
    where n.tenant_id = t.id and n.at > clock_ms() - p_fresh_ms * interval '1 millisecond'), 0)
  from tenants t join tenant_usage u on u.tenant_id = t.id
  order by t.id
  on conflict (tenant_id, day) do update set
    users = excluded.users, rooms = excluded.rooms, bytes = excluded.bytes,
    connections = greatest(d.connections, excluded.connections)
  where (d.users, d.rooms, d.bytes) is distinct from (excluded.users, excluded.rooms, excluded.bytes)
    or d.connections < excluded.connections;
  select mark_spent_messages(null);
$$;

-- Marks the room types of tenants that have used up today's messages, and removes the mark if the quota has been
-- raised. Gateways and workers may not write room_types, so this runs with its owner's rights. Null means all tenants.
create or replace function mark_spent_messages(p_tenant_id uuid) returns void language sql volatile security definer
as $$
  update room_types r set spent_until = found.until
  from (
    select t.id, case when coalesce(d.messages, 0) >= (t.policy #>> '{quotas,messages}')::bigint
      then (usage_day() + 1)::timestamp at time zone 'UTC' end as until
    from tenants t left join usage_days d on d.tenant_id = t.id and d.day = usage_day()
    where p_tenant_id is null or t.id = p_tenant_id
  ) as found
  where r.tenant_id = found.id and r.spent_until is distinct from found.until
$$;

-- `create or replace` has just reset the search_path. It cannot be a constant, since the operator chooses the schema.
do $$
begin
  execute format('alter function mark_spent_messages set search_path = %I, pg_temp', current_schema());
end
$$;
revoke execute on function mark_spent_messages(uuid) from public;

-- GET /usage: the days from p_from to p_to, oldest first. Today's row has the current totals.
create or replace function read_usage(p_tenant_id uuid, p_from date, p_to date) returns json language sql stable
as $$
  select json_build_object(
    'days', coalesce((
      select json_agg(json_build_object(
        'day', d.day, 'messages', d.messages, 'users', case when d.day = usage_day() then now.users else d.users end,
        'rooms', case when d.day = usage_day() then now.rooms else d.rooms end, 'connections', d.connections,
        'calls', d.calls, 'bytes', case when d.day = usage_day() then now.bytes else d.bytes end) order by d.day)
      from usage_of(p_tenant_id) now, (
        select * from usage_days where tenant_id = p_tenant_id
        union all
        -- For a tenant without any record yet.
        select p_tenant_id, usage_day(), 0, 0, 0, 0, 0, 0
        where not exists (select from usage_days where tenant_id = p_tenant_id and day = usage_day())
      ) d
      where d.day between p_from and p_to), '[]'),
    'quotas', (select policy -> 'quotas' from tenants where id = p_tenant_id))
$$;

-- Deletes up to p_limit days older than p_keep_days, and old reports of nodes that no longer exist.
create or replace function prune_usage(p_keep_days integer, p_limit integer) returns integer language sql volatile
as $$
  delete from node_connections where at < clock_ms() - interval '1 hour';
  with expired as (
    select tenant_id, day from usage_days where day < usage_day() - p_keep_days limit p_limit
  ), pruned as (
    delete from usage_days d using expired e where d.tenant_id = e.tenant_id and d.day = e.day returning 1
  )
  select count(*)::integer from pruned
$$;
