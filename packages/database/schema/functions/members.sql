-- Who is in a room. Every change locks the room's row (`for no key update`) before it reads rights, so two changes of
-- one room never decide on the same state. Lock order: rooms by id, then memberships and spans.
--
-- A function called for a user (join_room, leave_room, put_member, …) returns {refused} or its result; the `frame` in a
-- result is what the change added to the log.

-- Inserts the membership of a user in a room whose row the caller has locked. A mute from an earlier membership stays
-- in force.
--
-- Above a cap it raises SQLSTATE MDQ01, whose message names the cap. Concurrent calls of one user may exceed a cap by
-- their number, which the gateway's rate limits bound.
create or replace function insert_membership(r rooms, p_user_id uuid, p_role text) returns void
language plpgsql volatile
as $$
declare
  -- Those of packages/protocol/src/limits.ts.
  v_most_memberships constant integer := 5000;
  v_most_owned constant integer := 2000;
  v_held record;
begin
  if exists (select from users where id = p_user_id and kind <> 'service') then
    select count(*) as memberships, count(*) filter (where role = 'owner') as owned into v_held
    from (select role from memberships where user_id = p_user_id limit v_most_memberships) as held;
    if v_held.memberships >= v_most_memberships then
      raise exception 'memberships' using errcode = 'MDQ01', detail = v_most_memberships;
    end if;
    if p_role = 'owner' and v_held.owned >= v_most_owned then
      raise exception 'ownedRooms' using errcode = 'MDQ01', detail = v_most_owned;
    end if;
  end if;

  insert into memberships (tenant_id, room_id, user_id, role, joined_at_rev, read_seq, muted_until, slowed_until)
  select r.tenant_id, r.id, p_user_id, p_role, r.head + 1, r.head, earlier.muted_until, earlier.slowed_until
  from (select) as once
  left join lateral (
    select s.muted_until, s.slowed_until from membership_spans s where s.room_id = r.id and s.user_id = p_user_id
    order by s.joined_at_rev desc limit 1) earlier on true;
  insert into membership_spans (room_id, user_id, joined_at_rev) values (r.id, p_user_id, r.head + 1);
  update rooms set member_count = member_count + 1, emptied_at = null where id = r.id;
  insert into signals (kind, user_id, room_id) values ('joined', p_user_id, r.id);
  perform note_move(r.id);
end
$$;

-- Ends a membership in a room whose row the caller has locked, and returns the rev of the end. When the owner leaves, a
-- moderator becomes the owner, or else the oldest member.
create or replace function end_membership(p_room_id uuid, p_user_id uuid, p_reason text) returns bigint
language plpgsql volatile
as $$
declare
  v_left_at bigint;
  v_owner_id uuid;
  v_heir_id uuid;
begin
  update rooms set
    head = head + 1,
    member_count = member_count - 1,
    emptied_at = case when member_count = 1 then clock_ms() end
  where id = p_room_id
  returning head, owner_id into v_left_at, v_owner_id;
  update membership_spans set left_at_rev = v_left_at, reason = p_reason, (muted_until, slowed_until) = (
    select muted_until, slowed_until from memberships where room_id = p_room_id and user_id = p_user_id)
  where room_id = p_room_id and user_id = p_user_id and left_at_rev is null;
  -- Before the membership, for the projector's lock order.
  delete from thread_follows where user_id = p_user_id and room_id = p_room_id;
  if p_reason = 'banned' then
    update memberships set banned = true, role = 'member', muted_until = null
    where room_id = p_room_id and user_id = p_user_id;
  else
    delete from memberships where room_id = p_room_id and user_id = p_user_id;
  end if;

  if v_owner_id = p_user_id then
    select user_id into v_heir_id from memberships
    where room_id = p_room_id and not banned
    order by role = 'moderator' desc, joined_at_rev, created_at, user_id
    limit 1;
    if v_heir_id is not null then
      perform give_room(p_room_id, v_heir_id);
      insert into signals (kind, user_id, room_id) values ('user', v_heir_id, p_room_id);
    end if;
  end if;
  perform note_move(p_room_id);
  return v_left_at;
end
$$;

-- Makes a member of a locked room its owner. That changes the room, so it takes a rev.
create or replace function give_room(p_room_id uuid, p_user_id uuid) returns void language sql volatile
as $$
  update memberships set role = 'owner' where room_id = p_room_id and user_id = p_user_id;
  update rooms set owner_id = p_user_id, head = head + 1, rev = head + 1 where id = p_room_id;
$$;

-- Lets a user into a locked room, or returns why not. The first to enter an empty room becomes its owner, since
-- otherwise nobody would look after it. Default rooms get no owner this way.
create or replace function admit(r rooms, p_user_id uuid, p_role text) returns text language plpgsql volatile
as $$
begin
  if r.capacity is not null and r.member_count >= r.capacity then
    return 'room_full';
  end if;
  if r.member_count = 0 and not r.is_default then
    if r.owner_id <> p_user_id then
      update rooms set owner_id = p_user_id, head = head + 1, rev = head + 1 where id = r.id returning * into r;
    end if;
    perform insert_membership(r, p_user_id, 'owner');
  else
    perform insert_membership(r, p_user_id, p_role);
  end if;
  return null;
end
$$;

-- What joining and adding return. There is a frame only if the log moved (a new owner).
create or replace function admitted(p_room_id uuid, p_user_id uuid, p_head_before bigint) returns jsonb language sql stable
as $$
  select jsonb_build_object('state', read_state(p_room_id, p_user_id), 'joined', true)
    || case when r.head > p_head_before then jsonb_build_object('frame', new_frame(r.id, p_head_before))
      else '{}' end
  from rooms r where r.id = p_room_id
$$;

-- room:join. p_password_hash is the hash that the given password was verified against; if the room has another one by
-- now, the password does not open it. A full room refuses before the lock is taken: in a rush most callers would queue
-- for the lock only to be refused, and every lock costs a commit.
-- p_actor_id holds the grants that count: the user or, if a service calls as the user, the service.
create or replace function join_room_as(
  p_tenant_id uuid, p_room_id uuid, p_user_id uuid, p_actor_id uuid, p_password_hash text
) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id and tenant_id = p_tenant_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  if member_refusal(r, m) = 'forbidden' and r.member_count >= r.capacity and r.closed_at is null
    and r.password_hash is not distinct from p_password_hash then
    return refuse('room_full');
  end if;

  select * into r from rooms where id = p_room_id and tenant_id = p_tenant_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := member_refusal(r, m);
  if v_refusal is null then
    return json_build_object('state', read_state(r.id, p_user_id), 'joined', false);
  end if;
  -- Here `forbidden` means a stranger to a public room, who may join.
  if v_refusal <> 'forbidden' then
    return refuse(v_refusal);
  end if;
  if r.closed_at is not null or r.archived_at is not null then
    return refuse(case when r.closed_at is not null then 'room_closed' else 'archived' end);
  end if;
  if not exists (select from users where id = p_user_id and deleted_at is null and disabled_at is null) then
    return refuse('unauthenticated');
  end if;
  v_refusal := grant_refusal(r, m, p_actor_id, 'join');
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  if r.password_hash is not null and r.password_hash is distinct from p_password_hash then
    return refuse('wrong_password');
  end if;
  v_refusal := admit(r, p_user_id, 'member');
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  return admitted(r.id, p_user_id, r.head);
end
$$;

-- room:join for gateways of the previous release, during a rolling upgrade.
create or replace function join_room(p_tenant_id uuid, p_room_id uuid, p_user_id uuid, p_password_hash text)
returns json language sql volatile
as $$ select join_room_as(p_tenant_id, p_room_id, p_user_id, p_user_id, p_password_hash) $$;

-- room:leave. A repeat returns the rev of the first call, also in a closed room. A stranger to a closed public room
-- gets `room_closed`.
create or replace function leave_room(p_room_id uuid, p_user_id uuid) returns json language plpgsql volatile
as $$
declare
  r rooms;
  m memberships;
  v_refusal text;
  v_left_at bigint;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_refusal := writer_refusal(r, m);
  if v_refusal is null and r.kind = 'direct' then
    v_refusal := 'forbidden';
  end if;
  if v_refusal is null then
    v_left_at := end_membership(r.id, p_user_id, 'left');
    return json_build_object('leftAt', v_left_at, 'frame', new_frame(r.id, r.head));
  end if;
  v_left_at := last_left_at(p_room_id, p_user_id);
  if m.room_id is null and v_left_at is not null then
    return json_build_object('leftAt', v_left_at);
  end if;
  return refuse(case when v_refusal = 'forbidden' and r.closed_at is not null then 'room_closed' else v_refusal end);
end
$$;

-- The rev at which a user last left a room; null if the user was never in it, as with senders of imported messages.
create or replace function last_left_at(p_room_id uuid, p_user_id uuid) returns bigint language sql stable
as $$ select nullif(max(left_at_rev), 0) from membership_spans where room_id = p_room_id and user_id = p_user_id $$;

-- member:add. p_role is null if the caller gave none.
create or replace function put_member(p_room_id uuid, p_actor_id uuid, p_user_id uuid, p_role text)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  actor memberships;
  m memberships;
  v_is_service boolean;
  v_gives_roles boolean;
  v_refusal text;
  v_joined boolean := false;
  v_changed boolean := false;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into actor from memberships where room_id = p_room_id and user_id = p_actor_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_is_service := is_service_of(r.tenant_id, p_actor_id);
  v_gives_roles := v_is_service
    or (coalesce(actor.role = 'owner', false) and grant_refusal(r, actor, p_actor_id, 'manage') is null);
  v_refusal := coalesce(manager_refusal(r, actor, v_is_service), grant_refusal(r, actor, p_actor_id, 'add'));
  if v_refusal is null then
    v_refusal := case
      when p_role = 'owner' then 'forbidden'
      when p_role <> coalesce(m.role, 'member') and not v_gives_roles then 'forbidden'
      when m.banned then 'banned'
      when not exists (select from users where id = p_user_id and tenant_id = r.tenant_id and deleted_at is null)
        then 'not_found'
      when m.room_id is null and exists (
        select from users u join room_types t on t.tenant_id = r.tenant_id and t.name = coalesce(r.type, r.kind)
        where u.id = p_user_id and u.kind = 'guest' and t.guests = 'none') then 'grant:join'
      -- Somebody must own the room: a sole member became its owner, whatever role was asked for.
      when m.role = 'owner' and p_role is not null and r.member_count > 1 then 'conflict'
    end;
  end if;
  if v_refusal is null and m.room_id is null then
    v_refusal := admit(r, p_user_id, coalesce(p_role, 'member'));
    v_joined := true;
  end if;
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  if not v_joined and m.role <> 'owner' and p_role <> m.role then
    v_changed := true;
    update memberships set role = p_role where room_id = r.id and user_id = p_user_id;
    insert into signals (kind, user_id, room_id) values ('user', p_user_id, r.id);
    perform note_move(r.id);
    perform write_audit(r.tenant_id, p_actor_id, 'member:update', p_user_id, r.id);
  end if;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  if v_joined then
    -- The member's actual role: the caller may have asked for none, and the first member of an empty room becomes its
    -- owner.
    perform set_config('madang.details', (
      coalesce(nullif(current_setting('madang.details', true), '')::jsonb, '{}') || jsonb_build_object('role', m.role))::text, true);
    perform write_audit(r.tenant_id, p_actor_id, 'member:add', p_user_id, r.id);
    if not v_is_service and p_actor_id <> p_user_id
      and not exists (select from blocks where user_id = p_user_id and other_id = p_actor_id) then
      perform write_invitation(r, p_user_id, p_actor_id);
    end if;
  end if;
  -- A room that was empty has a new owner, and its log an entry that says so.
  return drop_null_fields(json_build_object(
    'member', wire_member(m), 'state', read_state(r.id, p_user_id), 'joined', v_joined, 'changed', v_changed,
    'frame', (select new_frame(r.id, r.head) from rooms now where now.id = r.id and now.head > r.head)));
end
$$;

-- PUT /rooms/:roomId/members: member:add for many users, under one lock. p_roles[i] is null if the caller gave none. A
-- user who is named twice is added once. `rejected` lists the places of users who stay out, and why.
create or replace function put_members(p_room_id uuid, p_actor_id uuid, p_user_ids uuid[], p_roles text[])
returns json language plpgsql volatile
as $$
declare
  r rooms;
  actor memberships;
  v_refusal text;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into actor from memberships where room_id = p_room_id and user_id = p_actor_id;
  v_refusal := manager_refusal(r, actor, is_service_of(r.tenant_id, p_actor_id));
  if v_refusal is null and not is_service_of(r.tenant_id, p_actor_id) then
    v_refusal := 'forbidden';
  end if;
  return case when v_refusal is null then admit_all(r, p_actor_id, p_user_ids, p_roles) else refuse(v_refusal) end;
end
$$;

-- Lets into a locked room those users who may enter it, in the given order until it is full, and assigns roles. As in
-- `admit`, the first to enter an empty room becomes its owner.
create or replace function admit_all(r rooms, p_actor_id uuid, p_user_ids uuid[], p_roles text[])
returns json language plpgsql volatile
as $$
declare
  -- The same cap as in insert_membership.
  v_most_memberships constant integer := 5000;
  v_after constant bigint := r.head;
  v_free constant bigint := r.capacity - r.member_count;
  v_joined uuid[];
  v_roles text[];
  v_changed uuid[];
  v_rejected json;
begin
  with given as (
    select distinct on (g.user_id) g.* from unnest(p_user_ids, p_roles) with ordinality as g (user_id, role, no)
    order by g.user_id, g.no
  ), judged as (
    select g.*, m.role as held, case
      when u.id is null then 'not_found'
      when m.banned then 'banned'
      when m.role = 'owner' and g.role is not null and r.member_count > 1 then 'conflict'
      when m.room_id is null and u.kind = 'guest' and exists (
        select from room_types t
        where t.tenant_id = r.tenant_id and t.name = coalesce(r.type, r.kind) and t.guests = 'none') then 'forbidden'
      when m.room_id is null and u.kind <> 'service' and v_most_memberships <= (
        select count(*) from (
          select from memberships h where h.user_id = u.id limit v_most_memberships) held) then 'forbidden'
    end as refusal
    from given g
    left join users u on u.id = g.user_id and u.tenant_id = r.tenant_id and u.deleted_at is null
    left join memberships m on m.room_id = r.id and m.user_id = g.user_id
  ), placed as (
    select *, refusal is null and held is null as is_new,
      count(*) filter (where refusal is null and held is null) over (order by no) as place
    from judged
  )
  select
    coalesce(array_agg(user_id order by no) filter (where is_new and place <= coalesce(v_free, place)), '{}'),
    coalesce(array_agg(coalesce(role, 'member') order by no)
      filter (where is_new and place <= coalesce(v_free, place)), '{}'),
    coalesce(array_agg(user_id order by no)
      filter (where refusal is null and held <> 'owner' and role <> held), '{}'),
    coalesce(json_agg(json_build_object('no', no, 'code', coalesce(refusal, 'room_full')) order by no)
      filter (where refusal is not null or is_new and place > v_free), '[]')
  into v_joined, v_roles, v_changed, v_rejected
  from placed;

  if r.member_count = 0 and not r.is_default and cardinality(v_joined) > 0 then
    v_roles[1] := 'owner';
    if r.owner_id <> v_joined[1] then
      update rooms set owner_id = v_joined[1], head = head + 1, rev = head + 1 where id = r.id returning * into r;
    end if;
  end if;
  perform insert_memberships(r, v_joined, v_roles);
  update memberships m set role = g.role from unnest(p_user_ids, p_roles) as g (user_id, role)
  where m.room_id = r.id and m.user_id = g.user_id and g.user_id = any (v_changed) and g.role is not null;
  insert into signals (kind, user_id, room_id) select 'user', user_id, r.id from unnest(v_changed) as user_id;
  if cardinality(v_joined) + cardinality(v_changed) > 0 then
    perform note_move(r.id);
  end if;
  insert into audit_log (tenant_id, actor_id, action, user_id, room_id, details)
  select r.tenant_id, p_actor_id, act.name, m.user_id, r.id, jsonb_build_object('role', m.role)
  from (values ('member:add', v_joined), ('member:update', v_changed)) as act (name, user_ids)
  join memberships m on m.room_id = r.id and m.user_id = any (act.user_ids);
  return drop_null_fields(json_build_object(
    'joined', to_json(v_joined), 'changed', to_json(v_changed), 'rejected', v_rejected,
    'frame', case when r.head > v_after then new_frame(r.id, v_after) end));
end
$$;

-- insert_membership for many, without its caps.
create or replace function insert_memberships(r rooms, p_user_ids uuid[], p_roles text[]) returns void language sql volatile
as $$
  insert into memberships (tenant_id, room_id, user_id, role, joined_at_rev, read_seq, muted_until, slowed_until)
  select r.tenant_id, r.id, g.user_id, g.role, r.head + 1, r.head, earlier.muted_until, earlier.slowed_until
  from unnest(p_user_ids, p_roles) as g (user_id, role)
  left join lateral (
    select s.muted_until, s.slowed_until from membership_spans s where s.room_id = r.id and s.user_id = g.user_id
    order by s.joined_at_rev desc limit 1) earlier on true;
  insert into membership_spans (room_id, user_id, joined_at_rev)
  select r.id, user_id, r.head + 1 from unnest(p_user_ids) as user_id;
  update rooms set member_count = member_count + cardinality(p_user_ids), emptied_at = null
  where id = r.id and cardinality(p_user_ids) > 0;
  insert into signals (kind, user_id, room_id) select 'joined', user_id, r.id from unnest(p_user_ids) as user_id;
$$;

-- member:add for gateways of v0.1.0, during a rolling upgrade: a role that was not given means 'member'.
create or replace function add_member(p_room_id uuid, p_actor_id uuid, p_user_id uuid, p_role text)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  actor memberships;
  m memberships;
  v_is_service boolean;
  v_refusal text;
  v_joined boolean := false;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into actor from memberships where room_id = p_room_id and user_id = p_actor_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_is_service := is_service_of(r.tenant_id, p_actor_id);
  v_refusal := coalesce(manager_refusal(r, actor, v_is_service), grant_refusal(r, actor, p_actor_id, 'add'));
  if v_refusal is null then
    v_refusal := case
      when p_role <> 'member' and not v_is_service and actor.role <> 'owner' then 'forbidden'
      when m.banned then 'banned'
      when not exists (select from users where id = p_user_id and tenant_id = r.tenant_id and deleted_at is null)
        then 'not_found'
    end;
  end if;
  if v_refusal is null and m.room_id is null then
    v_refusal := admit(r, p_user_id, p_role);
    v_joined := true;
  end if;
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  -- A room that was empty has a new owner, and its log an entry that says so.
  return drop_null_fields(json_build_object(
    'member', wire_member(m), 'state', read_state(r.id, p_user_id), 'joined', v_joined,
    'frame', (select new_frame(r.id, r.head) from rooms now where now.id = r.id and now.head > r.head)));
end
$$;

-- member:remove. A service outranks everyone: it may remove even the owner, for instance a person whom the product no
-- longer knows.
create or replace function remove_member(p_room_id uuid, p_actor_id uuid, p_user_id uuid)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  actor memberships;
  m memberships;
  v_is_service boolean;
  v_refusal text;
  v_left_at bigint;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into actor from memberships where room_id = p_room_id and user_id = p_actor_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_is_service := is_service_of(r.tenant_id, p_actor_id);
  v_refusal := coalesce(manager_refusal(r, actor, v_is_service), grant_refusal(r, actor, p_actor_id, 'moderate'));
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;
  if m.room_id is null or m.banned then
    v_left_at := last_left_at(p_room_id, p_user_id);
    return case when v_left_at is null then refuse('not_found') else json_build_object('leftAt', v_left_at) end;
  end if;
  if not v_is_service and role_rank(actor.role) <= role_rank(m.role) then
    return refuse('forbidden');
  end if;
  v_left_at := end_membership(r.id, p_user_id, 'removed');
  perform write_audit(r.tenant_id, p_actor_id, 'member:remove', p_user_id, r.id);
  return json_build_object('leftAt', v_left_at, 'frame', new_frame(r.id, r.head));
end
$$;

-- member:update. p_patch may have role, mutedUntil (null lifts the mute) and banned. Only the owner assigns roles;
-- assigning `owner` hands the room over and makes the previous owner a moderator (`demoted`). Mutes and bans apply to
-- lower ranks only. A ban also applies to someone who is not in the room, so leaving does not evade it. A service
-- outranks everyone.
create or replace function update_member(p_room_id uuid, p_actor_id uuid, p_user_id uuid, p_patch jsonb)
returns json language plpgsql volatile
as $$
declare
  r rooms;
  actor memberships;
  m memberships;
  v_is_service boolean;
  v_refusal text;
  v_former_id uuid;
  v_role text := p_patch ->> 'role';
  v_is_banned boolean := (p_patch ->> 'banned')::boolean;
  v_left_at bigint;
  v_head bigint;
begin
  select * into r from rooms where id = p_room_id for no key update;
  select * into actor from memberships where room_id = p_room_id and user_id = p_actor_id;
  select * into m from memberships where room_id = p_room_id and user_id = p_user_id;
  v_is_service := is_service_of(r.tenant_id, p_actor_id);
  v_refusal := coalesce(
    manager_refusal(r, actor, v_is_service),
    case when v_role is null or p_patch ?| '{mutedUntil,banned}' then grant_refusal(r, actor, p_actor_id, 'moderate') end,
    case when v_role is not null then grant_refusal(r, actor, p_actor_id, 'manage') end);
  if v_refusal is null then
    v_refusal := case
      when not exists (select from users where id = p_user_id and tenant_id = r.tenant_id) then 'not_found'
      when v_role is not null and not v_is_service and actor.role <> 'owner' then 'forbidden'
      when p_patch ?| '{mutedUntil,banned}' and (p_user_id = p_actor_id or not v_is_service
        and role_rank(actor.role) <= role_rank(coalesce(m.role, 'member'))) then 'forbidden'
      when p_user_id = p_actor_id and v_role <> 'owner' and not v_is_service then 'forbidden'
      -- Somebody must own the room.
      when m.role = 'owner' and v_role <> 'owner' then 'conflict'
      -- A role or a mute needs someone who is in the room and stays.
      when (p_patch ? 'mutedUntil' or v_role is not null)
        and (m.room_id is null or m.banned or coalesce(v_is_banned, false))
        then case when m.banned or v_is_banned then 'conflict' else 'not_found' end
      when m.room_id is null and v_is_banned is null then 'not_found'
    end;
  end if;
  if v_refusal is not null then
    return refuse(v_refusal);
  end if;

  if v_is_banned and m.room_id is null then
    insert into memberships (tenant_id, room_id, user_id, joined_at_rev, read_seq, banned)
    values (r.tenant_id, r.id, p_user_id, r.head + 1, r.head, true);
  elsif v_is_banned and not m.banned then
    v_left_at := end_membership(r.id, p_user_id, 'banned');
  elsif not v_is_banned and m.banned then
    delete from memberships where room_id = r.id and user_id = p_user_id;
  end if;
  if p_patch ? 'mutedUntil' then
    update memberships set muted_until = (p_patch ->> 'mutedUntil')::timestamptz
    where room_id = r.id and user_id = p_user_id;
  end if;
  if v_role = 'owner' and m.role <> 'owner' then
    update memberships set role = 'moderator' where room_id = r.id and role = 'owner' returning user_id into v_former_id;
    perform give_room(r.id, p_user_id);
    insert into signals (kind, user_id, room_id) select 'user', v_former_id, r.id where v_former_id is not null;
  elsif v_role is not null then
    update memberships set role = v_role where room_id = r.id and user_id = p_user_id;
  end if;
  insert into signals (kind, user_id, room_id) values ('user', p_user_id, r.id);
  perform note_move(r.id);
  perform write_audit(r.tenant_id, p_actor_id, 'member:update', p_user_id, r.id);

  -- An unbanned user is now a stranger, and is shown as the member they may become.
  select * into m from memberships where room_id = r.id and user_id = p_user_id;
  select head into v_head from rooms where id = r.id;
  return drop_null_fields(json_build_object(
    'member', case when m.room_id is not null then wire_member(m)
      else (select json_build_object('user', wire_user(u), 'role', 'member') from users u where u.id = p_user_id) end,
    'leftAt', v_left_at,
    'demoted', v_former_id,
    'frame', case when v_head > r.head then new_frame(r.id, r.head) end));
end
$$;
