-- Settings of tenants, and what an operator may do. New columns with defaults, which the release before this one neither
-- reads nor writes; new functions. The two that are dropped were for an operator's command that had not been released.

-- Up Migration

-- Whether people may register, whether they may come as guests, and whether they may look each other up.
alter table tenants
  add column registration boolean not null default true,
  add column guests boolean not null default true,
  add column directory boolean not null default true;
create index tenant_hosts_tenant_id_idx on tenant_hosts (tenant_id);

-- What concerns the whole cluster is of no tenant. `source` is the process that acted, as it names itself to Postgres:
-- a gateway by its node's name, an operator's command with the name of who ran it.
alter table audit_log
  alter column tenant_id drop not null,
  add column source text;
alter table audit_log alter column source set default current_setting('application_name');

create function write_operator_audit(p_tenant_id uuid, p_action text, p_user_id uuid, p_details jsonb)
returns void language sql volatile
as $$
  insert into audit_log (tenant_id, action, user_id, details) values (p_tenant_id, p_action, p_user_id, p_details)
$$;

create function tenant_settings(t tenants) returns jsonb language sql stable
as $$
  select jsonb_build_object('registration', t.registration, 'guests', t.guests, 'directory', t.directory,
    'hosts', (select coalesce(jsonb_agg(h.host order by h.host), '[]') from tenant_hosts h where h.tenant_id = t.id))
$$;

-- p_settings may have registration, guests and directory; host names are added and taken away. `conflict` names what
-- another tenant has: its name or a host.
create function change_tenant(p_name text, p_settings jsonb, p_add_hosts text[], p_remove_hosts text[])
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
    -- Nothing of this is to stay.
    raise exception using errcode = 'MD001', message = v_taken;
  end if;
  delete from tenant_hosts where tenant_id = t.id and host = any (p_remove_hosts);
  update tenants set
    registration = coalesce((p_settings ->> 'registration')::boolean, registration),
    guests = coalesce((p_settings ->> 'guests')::boolean, guests),
    directory = coalesce((p_settings ->> 'directory')::boolean, directory)
  where id = t.id
  returning * into t;
  perform write_operator_audit(t.id, 'tenant:set', null, tenant_settings(t));
  return json_build_object('id', t.id);
exception when sqlstate 'MD001' then
  return refuse('conflict', json_build_object('host', sqlerrm));
end
$$;

create function add_tenant(
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

drop function create_api_key(uuid, uuid, uuid, text, text, text, text, text, text);
drop function revoke_api_key(uuid, text);

-- Finds or makes the service of that name, and gives it a key. `conflict` when the name is an account's.
create function create_api_key(
  p_id uuid, p_tenant_id uuid, p_service_id uuid, p_name text, p_name_key text, p_color text, p_hash text, p_hint text
) returns json language plpgsql volatile
as $$
declare
  u users;
begin
  if not exists (select from tenants where id = p_tenant_id) then
    return refuse('not_found');
  end if;
  insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
  values (p_service_id, p_tenant_id, 'service', p_name, p_name_key, p_name_key, p_color)
  on conflict (tenant_id, name_key) where kind <> 'guest' and deleted_at is null do nothing;
  select * into u from users
  where tenant_id = p_tenant_id and name_key = p_name_key and kind <> 'guest' and deleted_at is null;
  if u.kind <> 'service' then
    return refuse('conflict');
  end if;
  insert into api_keys (id, tenant_id, user_id, hash, hint) values (p_id, p_tenant_id, u.id, p_hash, p_hint);
  perform write_operator_audit(p_tenant_id, 'key:add', u.id, jsonb_build_object('keyId', p_id));
  return json_build_object('user', wire_user(u));
end
$$;

-- The signal ends the connections that the key opened, as it would those of a session: a key's connections are known
-- by the key's hash. A repeat changes nothing.
create function revoke_api_key(p_id uuid) returns json language plpgsql volatile
as $$
declare
  k api_keys;
begin
  update api_keys set revoked_at = clock_ms() where id = p_id and revoked_at is null returning * into k;
  if k.id is null then
    return case when exists (select from api_keys where id = p_id) then '{"revoked": false}'::json
      else refuse('not_found') end;
  end if;
  insert into signals (kind, session_hash, user_id) values ('session', k.hash, k.user_id);
  perform write_operator_audit(k.tenant_id, 'key:revoke', k.user_id, jsonb_build_object('keyId', p_id));
  return '{"revoked": true}';
end
$$;

-- Only accounts that sign in by name have a password to set; those a product knows by its own ids come by ticket.
create function reset_password(p_tenant_id uuid, p_user_id uuid, p_password_hash text) returns json
language plpgsql volatile
as $$
declare
  u users;
begin
  select * into u from users where id = p_user_id and tenant_id = p_tenant_id and deleted_at is null;
  if u.id is null then
    return refuse('not_found');
  end if;
  if u.kind <> 'account' or u.external_id is not null then
    return refuse('forbidden');
  end if;
  perform write_operator_audit(p_tenant_id, 'user:reset-password', p_user_id, null);
  return change_password(p_user_id, p_password_hash, null);
end
$$;

create function sign_out_user(p_tenant_id uuid, p_user_id uuid) returns json language plpgsql volatile
as $$
begin
  if not exists (select from users where id = p_user_id and tenant_id = p_tenant_id and deleted_at is null) then
    return refuse('not_found');
  end if;
  perform write_operator_audit(p_tenant_id, 'user:sign-out', p_user_id, null);
  return raise_session_epoch(p_user_id, null);
end
$$;

-- By an operator: no owner is asked. `general` and direct rooms are closed by nobody.
create function close_any_room(p_room_id uuid) returns json language plpgsql volatile
as $$
declare
  r rooms;
begin
  select * into r from rooms where id = p_room_id for no key update;
  if r.id is null then
    return refuse('not_found');
  end if;
  if r.closed_at is not null then
    return refuse('room_closed');
  end if;
  if r.kind = 'direct' or exists (select from tenants where general_room_id = p_room_id) then
    return refuse('forbidden');
  end if;
  return end_room(r, null);
end
$$;

-- As before, but that nobody new comes by a provider where nobody may register.
create or replace function sign_in_identity(
  p_id uuid, p_tenant_id uuid, p_provider text, p_subject text, p_name text, p_name_key text, p_display_name text,
  p_shown_key text, p_color text
) returns json language plpgsql volatile
as $$
declare
  u users;
  v_stored json;
begin
  select users.* into u from identities i join users on users.id = i.user_id
  where i.tenant_id = p_tenant_id and i.provider = p_provider and i.subject = p_subject;
  if u.id is not null then
    return stored_user(u);
  end if;
  if not (select registration from tenants where id = p_tenant_id) then
    return refuse('forbidden');
  end if;
  perform from tenants join rooms on rooms.id = tenants.general_room_id
  where tenants.id = p_tenant_id for no key update of rooms;
  select users.* into u from identities i join users on users.id = i.user_id
  where i.tenant_id = p_tenant_id and i.provider = p_provider and i.subject = p_subject;
  if u.id is not null then
    return stored_user(u);
  end if;
  v_stored := insert_account(
    p_id, p_tenant_id, p_name, p_name_key, p_display_name, p_shown_key, null, p_color);
  if (v_stored -> 'refused') is null then
    insert into identities (tenant_id, provider, subject, user_id)
    values (p_tenant_id, p_provider, p_subject, p_id);
  end if;
  return v_stored;
end
$$;

-- As before, and the product's own id of a user goes, too.
create or replace function delete_user(p_user_id uuid) returns json language plpgsql volatile
as $$
declare
  u users;
begin
  update users set
    deleted_at = clock_ms(), session_epoch = session_epoch + 1, kept_session = null, password_hash = null,
    name = 'deleted', name_key = 'deleted', display_name = null, shown_key = 'deleted', avatar_id = null,
    external_id = null
  where id = p_user_id and deleted_at is null
  returning * into u;
  if u.id is not null then
    delete from identities where user_id = p_user_id;
    insert into signals (kind, user_id) values ('user', p_user_id);
    perform write_audit(u.tenant_id, p_user_id, 'user:delete', p_user_id, null);
  end if;
  return '{}';
end
$$;
