-- Tenants, as an operator manages them. policies.sql has their policies, keys.sql their keys. Each change writes an
-- audit line in its own transaction and returns {refused} or its result.

-- Inserts a tenant with the preset `community`, its hosts, its service user `madang` and its default room.
create or replace function create_tenant(p_id uuid, p_name text, p_hosts text[], p_service_id uuid, p_room_id uuid)
returns void language sql volatile
as $$
  insert into tenants (id, name) values (p_id, p_name);
  insert into tenant_hosts (host, tenant_id) select host, p_id from unnest(p_hosts) as host;
  insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
  values (p_service_id, p_id, 'service', 'madang', 'madang', 'madang', '#5b6b7b');
  select compile_room_types(p_id, policy -> 'types') from tenants where id = p_id;
  select set_default_rooms(p_id, array['general'], array[p_room_id]);
$$;

-- Inserts a tenant with the given policy; p_room_ids are the ids for its default rooms. `conflict` names what is taken,
-- the tenant's name or a host. A refused call leaves nothing behind.
create or replace function add_tenant_with_policy(
  p_id uuid, p_name text, p_service_id uuid, p_policy jsonb, p_room_ids uuid[], p_hosts text[]
) returns json language plpgsql volatile
as $$
declare
  v_answer json;
begin
  insert into tenants (id, name, policy_version) values (p_id, p_name, 0);
  insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
  values (p_service_id, p_id, 'service', 'madang', 'madang', 'madang', '#5b6b7b');
  perform write_operator_audit(p_id, 'tenant:add', null, null);
  perform write_policy(p_id, null, p_policy, p_room_ids, null, null);
  v_answer := change_tenant(p_name, '{}', p_hosts, '{}');
  if v_answer ->> 'refused' is not null then
    raise exception using errcode = 'MD002', message = v_answer;
  end if;
  return v_answer;
exception
  when sqlstate 'MD002' then
    return sqlerrm::json;
  when unique_violation then
    return refuse('conflict', json_build_object('tenant', p_name));
end
$$;

-- `tenant add` for the command of v0.1.0, during a rolling upgrade.
create or replace function add_tenant(
  p_id uuid, p_name text, p_service_id uuid, p_room_id uuid, p_settings jsonb, p_hosts text[]
) returns json language plpgsql volatile
as $$
declare
  v_answer json;
begin
  perform create_tenant(p_id, p_name, '{}', p_service_id, p_room_id);
  perform write_operator_audit(p_id, 'tenant:add', null, null);
  v_answer := change_tenant(p_name, p_settings, p_hosts, '{}');
  if v_answer ->> 'refused' is not null then
    raise exception using errcode = 'MD002', message = v_answer;
  end if;
  return v_answer;
exception
  when sqlstate 'MD002' then
    return sqlerrm::json;
  when unique_violation then
    return refuse('conflict', json_build_object('tenant', p_name));
end
$$;

-- The settings as the audit log stores them.
create or replace function tenant_settings(t tenants) returns jsonb language sql stable
as $$
  select jsonb_build_object('registration', t.registration, 'guests', t.guests, 'directory', t.directory,
    'hosts', (select coalesce(jsonb_agg(h.host order by h.host), '[]') from tenant_hosts h where h.tenant_id = t.id))
$$;

-- Changes a tenant. p_settings may have registration, guests and directory, which are rules of the policy; host names
-- are added and removed. `conflict` names what another tenant already has: its name or a host.
create or replace function change_tenant(p_name text, p_settings jsonb, p_add_hosts text[], p_remove_hosts text[])
returns json language plpgsql volatile
as $$
declare
  t tenants;
  v_taken text;
begin
  select * into t from tenants where name = p_name for no key update;
  if t.id is null then
    return refuse('not_found');
  end if;
  insert into tenant_hosts (host, tenant_id) select host, t.id from unnest(p_add_hosts) as host
  on conflict (host) do nothing;
  select host into v_taken from tenant_hosts where host = any (p_add_hosts) and tenant_id <> t.id;
  if v_taken is not null then
    -- Rolls back everything above.
    raise exception using errcode = 'MD001', message = v_taken;
  end if;
  delete from tenant_hosts where tenant_id = t.id and host = any (p_remove_hosts);
  if p_settings ?| array['registration', 'guests', 'directory'] then
    update tenants set
      registration = coalesce((p_settings ->> 'registration')::boolean, registration),
      guests = coalesce((p_settings ->> 'guests')::boolean, guests),
      directory = coalesce((p_settings ->> 'directory')::boolean, directory)
    where id = t.id
    returning * into t;
    update tenants set
      policy_version = policy_version + 1,
      policy = policy || jsonb_build_object(
        'signIn', policy -> 'signIn' || jsonb_build_object('register', t.registration, 'guests', t.guests),
        'people', policy -> 'people' || jsonb_build_object('directory', t.directory))
    where id = t.id;
    insert into signals (kind, tenant_id) values ('tenant', t.id);
  end if;
  perform write_operator_audit(t.id, 'tenant:set', null, tenant_settings(t));
  return json_build_object('id', t.id);
exception when sqlstate 'MD001' then
  return refuse('conflict', json_build_object('host', sqlerrm));
end
$$;
