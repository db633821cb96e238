-- Webhooks: the addresses to which a product's events are posted. Each change of one writes an audit line in its own
-- transaction, and returns {refused} or its result. Workers make the deliveries, each with a lease.

create or replace function wire_webhook(w webhooks) returns json language sql stable
as $$
  select drop_null_fields(json_build_object(
    'id', w.id, 'url', w.url, 'types', to_json(w.types),
    'status', case when w.disabled_at is not null then 'disabled' when w.attempts > 0 then 'failing' else 'active' end,
    'position', w.position,
    'lagSeconds', coalesce((
      select greatest(0, extract(epoch from clock_timestamp() - e.at))::float8 from events e
      where e.tenant_id = w.tenant_id and e.position > w.position order by e.position limit 1), 0),
    'attempts', w.attempts, 'lastError', w.last_error, 'createdAt', wire_time(w.created_at),
    'rotatedAt', wire_time(w.rotated_at), 'disabledAt', wire_time(w.disabled_at)))
$$;

-- Starts with events from now on: earlier changes are numbered first, so the position is behind them. If the workers
-- are far behind, they number the rest, and the webhook gets those events, too. A tenant has at most 20.
create or replace function add_webhook(p_id uuid, p_tenant_id uuid, p_actor_id uuid, p_url text, p_types text[])
returns json language plpgsql volatile
as $$
declare
  v_most constant integer := 20;
  v_most_steps constant integer := 5;
  w webhooks;
begin
  -- Two concurrent calls would each count without the other's webhook.
  perform pg_advisory_xact_lock(7243007, hashtext('webhooks' || p_tenant_id));
  if (select count(*) from webhooks where tenant_id = p_tenant_id) >= v_most then
    return refuse('forbidden', json_build_object('quota', 'webhooks', 'max', v_most));
  end if;
  -- number_moves does nothing if another call is running.
  perform from move_numbering where seen is not null for update;
  for v_step in 1..v_most_steps loop
    exit when number_moves(1000) = 0;
  end loop;
  insert into webhooks (id, tenant_id, url, types, position)
  values (p_id, p_tenant_id, p_url, p_types,
    coalesce((select position from event_positions where tenant_id = p_tenant_id), 0))
  returning * into w;
  perform write_audit(p_tenant_id, p_actor_id, 'webhook:add', null, null);
  return json_build_object('webhook', wire_webhook(w), 'rotation', w.rotation);
end
$$;

-- Changes a webhook. p_patch may have url, types (null: all), enabled, after (a position from which to continue) and
-- rotate. A delivery under way no longer counts, so it does not move the position.
create or replace function update_webhook(p_id uuid, p_tenant_id uuid, p_actor_id uuid, p_action text, p_patch jsonb)
returns json language plpgsql volatile
as $$
declare
  v_rotates constant boolean := coalesce((p_patch ->> 'rotate')::boolean, false);
  w webhooks;
begin
  update webhooks set
    url = coalesce(p_patch ->> 'url', url),
    types = case when jsonb_typeof(p_patch -> 'types') = 'array'
      then array(select jsonb_array_elements_text(p_patch -> 'types')) when p_patch ? 'types' then null else types end,
    position = coalesce((p_patch ->> 'after')::bigint, position),
    rotation = rotation + v_rotates::integer,
    rotated_at = case when v_rotates then clock_ms() else rotated_at end,
    disabled_at = case (p_patch ->> 'enabled')::boolean when true then null when false then coalesce(disabled_at, clock_ms()) else disabled_at end,
    told_to = null, attempts = 0, failing_since = null, last_error = null, due_at = clock_ms(), holder = null, leased_until = null
  where id = p_id and tenant_id = p_tenant_id
  returning * into w;
  if w.id is null then
    return refuse('not_found');
  end if;
  perform write_audit(p_tenant_id, p_actor_id, p_action, null, null);
  return json_build_object('webhook', wire_webhook(w), 'rotation', w.rotation);
end
$$;

create or replace function remove_webhook(p_id uuid, p_tenant_id uuid, p_actor_id uuid) returns json language plpgsql volatile
as $$
declare
  w webhooks;
begin
  delete from webhooks where id = p_id and tenant_id = p_tenant_id returning * into w;
  if w.id is null then
    return refuse('not_found');
  end if;
  perform write_audit(p_tenant_id, p_actor_id, 'webhook:remove', null, null);
  return json_build_object('webhook', wire_webhook(w), 'rotation', w.rotation);
end
$$;

-- Leases up to p_limit webhooks that have events to deliver, at most four of a tenant at once over all workers.
create or replace function lease_webhooks(p_holder uuid, p_limit integer, p_lease_ms float8) returns setof webhooks language sql volatile
as $$
  with due as (
    select w.id, row_number() over (partition by w.tenant_id order by w.due_at) as no, (
      select count(*) from webhooks held where held.tenant_id = w.tenant_id and held.leased_until > clock_ms()) as held
    from webhooks w join event_positions p on p.tenant_id = w.tenant_id join tenants t on t.id = w.tenant_id
    where w.disabled_at is null and t.event_days > 0 and w.position <> p.position and w.due_at <= clock_ms()
      and coalesce(w.leased_until, '-infinity') <= clock_ms()
  ), chosen as (
    select id from webhooks where id in (select id from due where no + held <= 4 order by no limit p_limit)
      and coalesce(leased_until, '-infinity') <= clock_ms()
    order by id for update skip locked
  )
  update webhooks set holder = p_holder, leased_until = clock_ms() + p_lease_ms * interval '1 millisecond'
  where id in (select id from chosen)
  returning *
$$;

-- Ends a delivery of the holder: p_to is the new position, or null if the delivery failed. After p_disable_ms of
-- failure, or at once with p_is_gone, the webhook is disabled. False, without a change, if another worker has the lease
-- by now.
create or replace function end_delivery(
  p_id uuid, p_holder uuid, p_to bigint, p_batch integer, p_error text, p_retry_ms float8, p_is_gone boolean, p_disable_ms float8
) returns boolean language plpgsql volatile
as $$
declare
  w webhooks;
begin
  update webhooks set
    position = coalesce(p_to, position),
    told_to = case when p_to is null and p_batch = batch then told_to end,
    batch = p_batch,
    attempts = case when p_to is null then attempts + 1 else 0 end,
    failing_since = case when p_to is null then coalesce(failing_since, clock_ms()) end,
    last_error = p_error,
    due_at = clock_ms() + p_retry_ms * interval '1 millisecond',
    disabled_at = case when p_is_gone or (p_to is null and failing_since <= clock_ms() - p_disable_ms * interval '1 millisecond')
      then clock_ms() end,
    holder = case when p_to is null then null else holder end,
    leased_until = case when p_to is null then null else leased_until end
  where id = p_id and holder = p_holder
  returning * into w;
  if w.disabled_at is not null then
    insert into audit_log (tenant_id, action, details)
    values (w.tenant_id, 'webhook:disable', jsonb_build_object('webhook', w.id, 'error', p_error, 'position', w.position));
  end if;
  return w.id is not null;
end
$$;
