-- What sessions depend on: the user's session epoch, the password, and tickets. The session itself is in Redis; it is
-- valid while its epoch equals the user's. Raising the epoch locks the user's row and leaves a signal, by which every
-- node closes the connections of the ended sessions. JWTs issued up to that second end as well.

-- Ends every session of a user except p_kept_session, which is a session's hash.
create or replace function raise_session_epoch(p_user_id uuid, p_kept_session text) returns json language plpgsql volatile
as $$
declare
  v_epoch integer;
begin
  update users set session_epoch = session_epoch + 1, kept_session = p_kept_session, signed_out_at = clock_ms()
  where id = p_user_id and deleted_at is null
  returning session_epoch into v_epoch;
  if v_epoch is null then
    return refuse('not_found');
  end if;
  insert into signals (kind, user_id) values ('user', p_user_id);
  return json_build_object('sessionEpoch', v_epoch);
end
$$;

-- Sets the password hash and ends every session but the one kept.
create or replace function change_password(p_user_id uuid, p_password_hash text, p_kept_session text)
returns json language sql volatile
as $$
  update users set password_hash = p_password_hash where id = p_user_id and deleted_at is null;
  select raise_session_epoch(p_user_id, p_kept_session);
$$;

-- change_password for the user, with an audit line.
create or replace function change_own_password(p_tenant_id uuid, p_user_id uuid, p_password_hash text, p_kept_session text)
returns json language plpgsql volatile
as $$
declare
  v_answer json := change_password(p_user_id, p_password_hash, p_kept_session);
begin
  if v_answer -> 'refused' is null then
    perform write_audit(p_tenant_id, p_user_id, 'user:change-password', p_user_id, null);
  end if;
  return v_answer;
end
$$;

-- Sets a password. Only accounts that sign in by name have one; a product's users sign in with a ticket.
create or replace function reset_password(p_tenant_id uuid, p_user_id uuid, p_password_hash text) returns json
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

-- raise_session_epoch for the user, with an audit line.
create or replace function sign_out_everywhere(p_tenant_id uuid, p_user_id uuid, p_kept_session text)
returns json language plpgsql volatile
as $$
declare
  v_answer json := raise_session_epoch(p_user_id, p_kept_session);
begin
  if v_answer -> 'refused' is null then
    perform write_audit(p_tenant_id, p_user_id, 'user:sign-out-everywhere', p_user_id, null);
  end if;
  return v_answer;
end
$$;

-- raise_session_epoch for an operator, with an audit line.
create or replace function sign_out_user(p_tenant_id uuid, p_user_id uuid) returns json language plpgsql volatile
as $$
begin
  if not exists (select from users where id = p_user_id and tenant_id = p_tenant_id and deleted_at is null) then
    return refuse('not_found');
  end if;
  perform write_operator_audit(p_tenant_id, 'user:sign-out', p_user_id, null);
  return raise_session_epoch(p_user_id, null);
end
$$;

-- Which of these sessions are valid: for each in turn the user's row, or null if it is not valid. p_maker_ids[i] is the
-- key that made the ticket with which session i began, if any. p_key_ids[i] is the key of caller i, if it has no
-- session.
create or replace function check_credentials(
  p_user_ids uuid[], p_session_hashes text[], p_epochs integer[], p_maker_ids uuid[], p_key_ids uuid[]
) returns json language sql stable
as $$
  select coalesce(json_agg(
    case when u.id is not null then
      json_build_object('user', wire_shown_user(u), 'tenantId', u.tenant_id, 'sessionEpoch', u.session_epoch,
        'keyExpiresAt', (select wire_time(k.expires_at) from api_keys k where k.id = asked.key_id))
    end order by asked.no), '[]')
  from unnest(p_user_ids, p_session_hashes, p_epochs, p_maker_ids, p_key_ids) with ordinality
    as asked (user_id, session_hash, epoch, maker_id, key_id, no)
  left join users u on u.id = asked.user_id
    and u.disabled_at is null and u.deleted_at is null
    and (u.session_epoch = asked.epoch or u.kept_session = asked.session_hash)
    and not exists (select from signals s where s.session_hash = asked.session_hash)
    and not exists (select from api_keys k where k.id = asked.maker_id and k.sessions_ended_at is not null)
    and not exists (select from api_keys k where k.id = asked.key_id
      and (k.revoked_at is not null or k.expires_at <= clock_ms()))
$$;

-- For gateways of the previous release, which have no keys here.
create or replace function check_sessions(p_user_ids uuid[], p_session_hashes text[], p_epochs integer[])
returns json language sql stable
as $$
  select coalesce(json_agg(
    case when u.id is not null then
      json_build_object('user', wire_user(u), 'tenantId', u.tenant_id, 'sessionEpoch', u.session_epoch)
    end order by asked.no), '[]')
  from unnest(p_user_ids, p_session_hashes, p_epochs) with ordinality as asked (user_id, session_hash, epoch, no)
  left join users u on u.id = asked.user_id
    and u.disabled_at is null and u.deleted_at is null
    and (u.session_epoch = asked.epoch or u.kept_session = asked.session_hash)
    and not exists (select from signals s where s.session_hash = asked.session_hash)
$$;

-- POST /auth/tickets, for the holder of the key p_key_hash. A ticket cannot sign in a service, which uses its key.
create or replace function issue_ticket(p_hash text, p_key_hash text, p_tenant_id uuid, p_user_id uuid, p_life_ms integer)
returns json language plpgsql volatile
as $$
declare
  u users;
  v_key_id uuid;
begin
  select * into u from users where id = p_user_id and tenant_id = p_tenant_id and deleted_at is null;
  if u.id is null then
    return refuse('not_found');
  end if;
  if u.kind <> 'account' or u.disabled_at is not null then
    return refuse('forbidden');
  end if;
  select id into v_key_id from api_keys k where hash = p_key_hash and is_key_good(k);
  if v_key_id is null then
    return refuse('unauthenticated');
  end if;
  insert into tickets (hash, tenant_id, user_id, key_id, expires_at)
  values (p_hash, p_tenant_id, u.id, v_key_id, clock_ms() + p_life_ms * interval '1 millisecond');
  return '{}';
end
$$;

-- POST /auth/ticket. The first attempt uses up the ticket, whatever the result, so of many concurrent attempts one
-- finds it. Revoking the key that made a ticket ends the ticket; a key that was replaced may have made it in its last
-- minute.
create or replace function redeem_ticket(p_hash text, p_tenant_id uuid) returns json language sql volatile
as $$
  with used as (
    delete from tickets where hash = p_hash and tenant_id = p_tenant_id returning *
  )
  select coalesce((
    select (stored_user(u)::jsonb || jsonb_build_object('keyId', k.id))::json from used
    join users u on u.id = used.user_id and u.deleted_at is null
    join api_keys k on k.id = used.key_id and k.revoked_at is null
    where used.expires_at > clock_ms()), refuse('unauthenticated'))
$$;
