-- What a product's server does to its users. Each function locks the user's row and writes an audit line. A repeat
-- changes nothing, writes no line and gets the same answer. Services are managed by the operator.

-- Why these functions may not act on a user; null for accounts and guests.
create or replace function person_refusal(u users) returns json language sql immutable
as $$
  select case
    when u.id is null then refuse('not_found')
    when u.kind = 'service' then refuse('forbidden', '{"kind": "service"}')
  end
$$;

-- POST /users/:user/disable: ends all sessions of the user, who cannot sign in until enabled.
create or replace function disable_person(p_tenant_id uuid, p_actor_id uuid, p_user_id uuid)
returns json language plpgsql volatile
as $$
declare
  u users;
begin
  select * into u from users where id = p_user_id and tenant_id = p_tenant_id and deleted_at is null
  for no key update;
  if person_refusal(u) is not null then
    return person_refusal(u);
  end if;
  if u.disabled_at is null then
    update users set disabled_at = clock_ms() where id = u.id returning * into u;
    perform raise_session_epoch(u.id, null);
    perform write_audit(p_tenant_id, p_actor_id, 'user:disable', u.id, null);
  end if;
  return json_build_object('user', wire_whole_user(u));
end
$$;

-- POST /users/:user/enable: lets the user sign in again.
create or replace function enable_person(p_tenant_id uuid, p_actor_id uuid, p_user_id uuid)
returns json language plpgsql volatile
as $$
declare
  u users;
begin
  select * into u from users where id = p_user_id and tenant_id = p_tenant_id and deleted_at is null
  for no key update;
  if person_refusal(u) is not null then
    return person_refusal(u);
  end if;
  if u.disabled_at is not null then
    update users set disabled_at = null where id = u.id returning * into u;
    insert into signals (kind, user_id) values ('user', u.id);
    perform write_audit(p_tenant_id, p_actor_id, 'user:enable', u.id, null);
  end if;
  return json_build_object('user', wire_whole_user(u));
end
$$;

-- POST /users/:user/sign-out: ends all current sessions of the user.
create or replace function sign_out_person(p_tenant_id uuid, p_actor_id uuid, p_user_id uuid)
returns json language plpgsql volatile
as $$
declare
  u users;
begin
  select * into u from users where id = p_user_id and tenant_id = p_tenant_id and deleted_at is null
  for no key update;
  if person_refusal(u) is not null then
    return person_refusal(u);
  end if;
  perform raise_session_epoch(u.id, null);
  perform write_audit(p_tenant_id, p_actor_id, 'user:sign-out', u.id, null);
  return json_build_object('user', wire_whole_user(u));
end
$$;

-- DELETE /users/:user. p_id or p_external_id names the user. A repeat finds an erasure that is under way by either id,
-- and a finished one by Madang's id.
create or replace function delete_person(
  p_tenant_id uuid, p_actor_id uuid, p_id uuid, p_external_id text, p_keep_messages boolean
) returns json language plpgsql volatile
as $$
declare
  u users;
  e erasures;
begin
  select * into u from users
  where tenant_id = p_tenant_id and (id = p_id or external_id = p_external_id) and deleted_at is null
  for no key update;
  if u.id is not null then
    if p_actor_id is not null and person_refusal(u) is not null then
      return person_refusal(u);
    end if;
    perform mark_as_deleted(u, p_actor_id, p_keep_messages);
  end if;
  select * into e from erasures
  where tenant_id = p_tenant_id and (user_id = coalesce(u.id, p_id) or external_id = p_external_id)
  order by requested_at desc limit 1;
  if e.user_id is null then
    return refuse('not_found');
  end if;
  return json_build_object('userId', e.user_id, 'messages', case when e.keep_messages then 'keep' else 'erase' end);
end
$$;

-- `npx madang user admin`: makes a user an administrator of the tenant, or takes it back. Guests and services are none.
create or replace function set_user_admin(p_tenant_id uuid, p_user_id uuid, p_on boolean) returns json language plpgsql volatile
as $$
begin
  update users set is_admin = p_on
  where id = p_user_id and tenant_id = p_tenant_id and kind = 'account' and deleted_at is null;
  if not found then
    return refuse('not_found');
  end if;
  perform write_operator_audit(p_tenant_id, 'user:admin', p_user_id, jsonb_build_object('on', p_on));
  return '{}';
end
$$;
