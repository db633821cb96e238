-- Service keys: creating, replacing and revoking them, by an operator or by a key of the tenant with the scope `admin`.
-- Each change writes an audit line in its own transaction and returns {refused} or its result.

-- A key as the wire shows it, without the secret.
create or replace function wire_key(k api_keys) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object('id', k.id, 'service', u.name, 'userId', u.id, 'hint', k.hint,
    'scopes', k.scopes, 'createdAt', wire_time(k.created_at), 'expiresAt', wire_time(k.expires_at),
    'lastUsedAt', wire_time((select used_at from key_uses where key_id = k.id)), 'revokedAt', wire_time(k.revoked_at)))
  from users u where u.id = k.user_id
$$;

create or replace function is_key_good(k api_keys) returns boolean language sql volatile
as $$ select k.revoked_at is null and (k.expires_at is null or k.expires_at > clock_ms()) $$;

-- Finds or creates the service of that name and gives it a key. `conflict` if the name belongs to an account, or if the
-- key to be replaced is revoked or belongs to another service. A replaced key expires after p_overlap_ms; its sessions
-- stay. A tenant has at most p_keys_at_most valid keys, and at most twice as many while keys replace others.
create or replace function insert_key(
  p_id uuid, p_tenant_id uuid, p_service_id uuid, p_name text, p_name_key text, p_color text, p_hash text, p_hint text,
  p_scopes text[], p_expires_at timestamptz, p_replaces uuid, p_overlap_ms bigint, p_keys_at_most integer
) returns json language plpgsql volatile
as $$
declare
  u users;
  old api_keys;
  k api_keys;
begin
  if not exists (select from tenants where id = p_tenant_id) then
    return refuse('not_found');
  end if;
  if p_expires_at <= clock_ms() then
    return refuse('invalid', '{"issues": [{"path": "expiresAt", "message": "must be in the future"}]}');
  end if;
  select * into u from users
  where tenant_id = p_tenant_id and name_key = p_name_key and kind <> 'guest' and deleted_at is null;
  if u.kind <> 'service' then
    return refuse('conflict', '{"reason": "account_name"}');
  end if;
  if p_replaces is not null then
    select * into old from api_keys where id = p_replaces and tenant_id = p_tenant_id for no key update;
    if old.id is null then
      return refuse('not_found');
    elsif old.revoked_at is not null then
      return refuse('conflict', '{"reason": "revoked_key"}');
    elsif old.user_id is distinct from u.id then
      return refuse('conflict', '{"reason": "other_service"}');
    end if;
  end if;
  -- Two concurrent calls would each count without the other's key.
  perform pg_advisory_xact_lock(7243007, hashtext('keys' || p_tenant_id));
  if (select count(*) from api_keys other where other.tenant_id = p_tenant_id and is_key_good(other))
    >= p_keys_at_most * (case when p_replaces is null then 1 else 2 end) then
    return refuse('forbidden', json_build_object('quota', 'keys', 'max', p_keys_at_most));
  end if;
  if u.id is null then
    insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
    values (p_service_id, p_tenant_id, 'service', p_name, p_name_key, p_name_key, p_color)
    on conflict (tenant_id, name_key) where kind <> 'guest' and deleted_at is null do nothing;
    select * into u from users
    where tenant_id = p_tenant_id and name_key = p_name_key and kind <> 'guest' and deleted_at is null;
    if u.kind <> 'service' then
      return refuse('conflict', '{"reason": "account_name"}');
    end if;
  end if;
  insert into api_keys (id, tenant_id, user_id, hash, hint, scopes, expires_at)
  values (p_id, p_tenant_id, u.id, p_hash, p_hint, p_scopes, p_expires_at)
  returning * into k;
  if old.id is not null then
    -- `least` ignores nulls.
    update api_keys set expires_at = least(expires_at, clock_ms() + p_overlap_ms * interval '1 millisecond')
    where id = old.id;
    insert into signals (kind, key_id) values ('session', old.id);
  end if;
  return json_build_object('user', wire_user(u), 'key', wire_key(k));
end
$$;

-- The details of the audit line about a new key.
create or replace function key_audit(p_key json, p_replaces uuid) returns jsonb language sql immutable
as $$
  select jsonb_strip_nulls(jsonb_build_object('keyId', p_key ->> 'id', 'scopes', p_key -> 'scopes',
    'expiresAt', p_key ->> 'expiresAt', 'replaces', p_replaces))
$$;

-- insert_key for an operator.
create or replace function add_key(
  p_id uuid, p_tenant_id uuid, p_service_id uuid, p_name text, p_name_key text, p_color text, p_hash text, p_hint text,
  p_scopes text[], p_expires_at timestamptz, p_replaces uuid, p_overlap_ms bigint, p_keys_at_most integer
) returns json language plpgsql volatile
as $$
declare
  v_answer json := insert_key(p_id, p_tenant_id, p_service_id, p_name, p_name_key, p_color, p_hash, p_hint, p_scopes,
    p_expires_at, p_replaces, p_overlap_ms, p_keys_at_most);
begin
  if v_answer -> 'refused' is null then
    perform write_operator_audit(p_tenant_id, 'key:add', (v_answer -> 'user' ->> 'id')::uuid,
      key_audit(v_answer -> 'key', p_replaces));
  end if;
  return v_answer;
end
$$;

-- POST /keys, for the holder of the key p_caller_hash: within its tenant and its scopes. Gateways may not write keys,
-- so this runs with its owner's rights and checks the calling key itself.
create or replace function add_key_by_key(
  p_caller_hash text, p_id uuid, p_service_id uuid, p_name text, p_name_key text, p_color text, p_hash text, p_hint text,
  p_scopes text[], p_expires_at timestamptz, p_replaces uuid, p_overlap_ms bigint, p_keys_at_most integer
) returns json language plpgsql volatile security definer
as $$
declare
  c api_keys;
  v_missing text;
  v_answer json;
begin
  select * into c from api_keys where hash = p_caller_hash for no key update;
  if c.id is null or not is_key_good(c) then
    return refuse('unauthenticated');
  end if;
  select scope into v_missing from unnest(array['admin'] || p_scopes) with ordinality as asked (scope, no)
  where scope <> all (c.scopes) order by no limit 1;
  if v_missing is not null then
    return refuse('forbidden', json_build_object('scope', v_missing));
  end if;
  v_answer := insert_key(p_id, c.tenant_id, p_service_id, p_name, p_name_key, p_color, p_hash, p_hint, p_scopes,
    p_expires_at, p_replaces, p_overlap_ms, p_keys_at_most);
  if v_answer -> 'refused' is null then
    insert into audit_log (tenant_id, actor_id, action, user_id, details)
    values (c.tenant_id, c.user_id, 'key:add', (v_answer -> 'user' ->> 'id')::uuid,
      key_audit(v_answer -> 'key', p_replaces) || jsonb_build_object('byKeyId', c.id));
  end if;
  return v_answer;
end
$$;

-- Revokes a key permanently; with p_sessions it also ends the sessions that began with tickets of the key. The signal
-- closes every connection that depends on either. Returns whether anything changed; a repeat changes nothing.
create or replace function end_key(p_tenant_id uuid, p_id uuid, p_sessions boolean) returns json language plpgsql volatile
as $$
declare
  old api_keys;
  k api_keys;
begin
  select * into old from api_keys where id = p_id and (p_tenant_id is null or tenant_id = p_tenant_id)
  for no key update;
  if old.id is null then
    return refuse('not_found');
  end if;
  update api_keys set revoked_at = coalesce(revoked_at, clock_ms()),
    sessions_ended_at = coalesce(sessions_ended_at, case when p_sessions then clock_ms() end)
  where id = p_id
  returning * into k;
  if old.revoked_at is null then
    -- The hash is for gateways of the previous release, which identify a key's connections by it.
    insert into signals (kind, session_hash, user_id, key_id) values ('session', k.hash, k.user_id, k.id);
  elsif old.sessions_ended_at is distinct from k.sessions_ended_at then
    insert into signals (kind, key_id) values ('session', k.id);
  end if;
  return json_build_object('key', wire_key(k), 'revoked', old.revoked_at is null,
    'sessions', old.sessions_ended_at is distinct from k.sessions_ended_at);
end
$$;

create or replace function revocation_audit(p_answer json) returns jsonb language sql immutable
as $$
  select jsonb_build_object('keyId', p_answer -> 'key' ->> 'id', 'sessions', p_answer -> 'sessions')
$$;

create or replace function has_revoked(p_answer json) returns boolean language sql immutable
as $$ select coalesce((p_answer ->> 'revoked')::boolean or (p_answer ->> 'sessions')::boolean, false) $$;

-- end_key for an operator, in any tenant.
create or replace function revoke_key(p_id uuid, p_sessions boolean) returns json language plpgsql volatile
as $$
declare
  v_answer json := end_key(null, p_id, p_sessions);
begin
  if has_revoked(v_answer) then
    perform write_operator_audit(tenant_id, 'key:revoke', user_id, revocation_audit(v_answer))
    from api_keys where id = p_id;
  end if;
  return v_answer;
end
$$;

-- DELETE /keys/:id, for the holder of the key p_caller_hash, with the same checks as add_key_by_key.
create or replace function revoke_key_by_key(p_caller_hash text, p_id uuid, p_sessions boolean) returns json
language plpgsql volatile security definer
as $$
declare
  c api_keys;
  v_answer json;
begin
  -- Locked as in end_key, since a key may revoke itself.
  select * into c from api_keys where hash = p_caller_hash for no key update;
  if c.id is null or not is_key_good(c) then
    return refuse('unauthenticated');
  elsif 'admin' <> all (c.scopes) then
    return refuse('forbidden', '{"scope": "admin"}');
  end if;
  v_answer := end_key(c.tenant_id, p_id, p_sessions);
  if has_revoked(v_answer) then
    insert into audit_log (tenant_id, actor_id, action, user_id, details)
    values (c.tenant_id, c.user_id, 'key:revoke', (v_answer -> 'key' ->> 'userId')::uuid,
      revocation_audit(v_answer) || jsonb_build_object('byKeyId', c.id));
  end if;
  return v_answer;
end
$$;

-- `create or replace` has just reset the search_path. It cannot be a constant, since the operator chooses the schema.
do $$
begin
  execute format('alter function add_key_by_key(text, uuid, uuid, text, text, text, text, text, text[], timestamptz,
    uuid, bigint, integer) set search_path = %I, pg_temp', current_schema());
  execute format('alter function revoke_key_by_key(text, uuid, boolean) set search_path = %I, pg_temp',
    current_schema());
end
$$;
revoke execute on function add_key_by_key(text, uuid, uuid, text, text, text, text, text, text[], timestamptz, uuid, bigint,
  integer) from public;
revoke execute on function revoke_key_by_key(text, uuid, boolean) from public;

-- For `npx madang` of the previous release.
create or replace function create_api_key(
  p_id uuid, p_tenant_id uuid, p_service_id uuid, p_name text, p_name_key text, p_color text, p_hash text, p_hint text
) returns json language sql volatile
as $$
  select add_key(p_id, p_tenant_id, p_service_id, p_name, p_name_key, p_color, p_hash, p_hint,
    '{users,members,send}', null, null, null, 1000)
$$;

-- For `npx madang` of the previous release.
create or replace function revoke_api_key(p_id uuid) returns json language sql volatile
as $$ select revoke_key(p_id, true) $$;
