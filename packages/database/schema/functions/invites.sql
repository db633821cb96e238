-- Invites: links into one room, also into a private or locked one. Only the hash of a link's token is stored. An invite is
-- good for a time and perhaps a number of uses, and as long as its maker may add members.

create or replace function wire_invite(i invites) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'id', i.id, 'createdBy', (select wire_user(u) from users u where u.id = i.created_by),
    'createdAt', wire_time(i.created_at), 'expiresAt', wire_time(i.expires_at), 'usesLeft', i.uses_left))
$$;

-- Why somebody may not see and change the invites of a room, as a code; null for those who may add members.
create or replace function inviter_refusal(r rooms, m memberships, p_actor_id uuid) returns text language sql stable
as $$
  select coalesce(manager_refusal(r, m, is_service_of(r.tenant_id, p_actor_id)), grant_refusal(r, m, p_actor_id, 'add'))
$$;

-- Why an invite does not lead into its room; null if it does. p_now is the time of the call.
create or replace function invite_refusal(i invites, r rooms, p_now timestamptz) returns json language sql stable
as $$
  select case
    when i.id is null then refuse('not_found')
    when r.closed_at is not null then refuse('room_closed')
    when r.archived_at is not null then refuse('archived')
    when i.expires_at <= p_now then refuse('forbidden', '{"reason": "expired"}')
    when i.uses_left = 0 then refuse('forbidden', '{"reason": "used_up"}')
    when inviter_refusal(r, maker.m, i.created_by) is not null then refuse('forbidden', '{"reason": "revoked"}')
  end
  from (select m from memberships m where m.room_id = r.id and m.user_id = i.created_by) maker
  right join (select) one on true
$$;

-- invite:create. A repeat makes a further one.
create or replace function create_invite(
  p_id uuid, p_room_id uuid, p_actor_id uuid, p_hash text, p_expires_in_s integer, p_uses integer
) returns json language plpgsql volatile
as $$
declare
  v_most_invites constant integer := 100;
  r rooms;
  actor memberships;
  i invites;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into actor from memberships where room_id = p_room_id and user_id = p_actor_id;
  v_refusal := inviter_refusal(r, actor, p_actor_id);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  if v_most_invites <= (
    select count(*) from invites where room_id = r.id and expires_at > clock_ms() and uses_left is distinct from 0) then
    return refuse('forbidden', json_build_object('quota', 'invites', 'max', v_most_invites));
  end if;
  insert into invites (id, tenant_id, room_id, hash, created_by, expires_at, uses_left)
  values (p_id, r.tenant_id, r.id, p_hash, p_actor_id, clock_ms() + p_expires_in_s * interval '1 second', p_uses)
  returning * into i;
  perform write_audit(r.tenant_id, p_actor_id, 'invite:create', null, r.id);
  return json_build_object('invite', wire_invite(i));
end
$$;

-- invite:list: those that are good, newest first.
create or replace function list_invites(p_room_id uuid, p_actor_id uuid) returns json language plpgsql volatile
as $$
declare
  r rooms;
  actor memberships;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id;
  select * into actor from memberships where room_id = p_room_id and user_id = p_actor_id;
  v_refusal := inviter_refusal(r, actor, p_actor_id);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  return json_build_object('invites', (
    select coalesce(json_agg(wire_invite(i) order by i.created_at desc, i.id desc), '[]') from invites i
    where i.room_id = r.id and i.expires_at > clock_ms() and i.uses_left is distinct from 0));
end
$$;

-- invite:revoke. A repeat changes nothing.
create or replace function revoke_invite(p_room_id uuid, p_actor_id uuid, p_id uuid) returns json language plpgsql volatile
as $$
declare
  r rooms;
  actor memberships;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into actor from memberships where room_id = p_room_id and user_id = p_actor_id;
  v_refusal := inviter_refusal(r, actor, p_actor_id);
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  delete from invites where id = p_id and room_id = r.id;
  if found then
    perform write_audit(r.tenant_id, p_actor_id, 'invite:revoke', null, r.id);
  end if;
  return '{}';
end
$$;

-- GET /invites/:token: what somebody is shown who holds a link.
create or replace function read_invite(p_tenant_id uuid, p_hash text) returns json language plpgsql volatile
as $$
declare
  i invites;
  r rooms;
begin
  select * into i from invites where hash = p_hash and tenant_id = p_tenant_id;
  select * into r from rooms where id = i.room_id;
  return coalesce(
    invite_refusal(i, r, clock_ms()), json_build_object('title', r.title, 'memberCount', r.member_count,
      'createdBy', (select wire_user(u) from users u where u.id = i.created_by)));
end
$$;

-- POST /invites/:token. The locks of the room and of the invite decide among users who come at once, so that no more get in
-- than the invite has uses. A member uses up nothing.
create or replace function accept_invite(p_tenant_id uuid, p_hash text, p_user_id uuid) returns json language plpgsql volatile
as $$
declare
  i invites;
  r rooms;
  m memberships;
  v_staff json;
  v_answer json;
  v_refusal text;
begin
  select * into i from invites where hash = p_hash and tenant_id = p_tenant_id;
  -- Before the room, as in a join: a change of the name waits for this, and then for rooms.
  v_staff := staff_name_refusal(i.room_id, p_user_id);
  select * into r from rooms where id = i.room_id for no key update;
  select * into m from memberships where room_id = r.id and user_id = p_user_id;
  if member_refusal(r, m) is null then
    return json_build_object('state', read_state(r.id, p_user_id), 'joined', false);
  end if;
  select * into i from invites where id = i.id for update;
  v_answer := coalesce(case when m.banned then refuse('banned') end, invite_refusal(i, r, clock_ms()), v_staff);
  if v_answer is not null then
    return v_answer;
  end if;
  if not exists (select from users where id = p_user_id and deleted_at is null and disabled_at is null) then
    return refuse('unauthenticated');
  end if;
  v_refusal := case when exists (
    select from users u join room_types t on t.tenant_id = r.tenant_id and t.name = coalesce(r.type, r.kind)
    where u.id = p_user_id and u.kind = 'guest' and t.guests = 'none') then 'grant:join'
    else admit(r, p_user_id, 'member') end;
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  update invites set uses_left = uses_left - 1 where id = i.id;
  perform write_audit(r.tenant_id, p_user_id, 'invite:use', i.created_by, r.id);
  return admitted(r.id, p_user_id, r.head);
end
$$;
