-- Who may do what: each function returns a refusal, or null. They only read and take no lock: a caller that is about to
-- write locks the room first and passes in the rows that it has read under that lock.

-- A function refuses by value, since a refusal is not an error of the database (see call() in pool.ts). `archived`
-- stands for `forbidden` with the detail that says so.
create or replace function refuse(p_code text, p_details json default null) returns json language sql immutable
as $$
  select json_build_object('refused', case
    when p_code = 'archived' then '{"code": "forbidden", "details": {"archived": true}}'::json
    when p_code like 'grant:%' then json_build_object(
      'code', 'forbidden', 'details', json_build_object('grant', substr(p_code, 7)))
    else json_strip_nulls(json_build_object('code', p_code, 'details', p_details)) end)
$$;

-- refuse() for a code that may be null.
create or replace function refuse_if(p_code text) returns json language sql immutable
as $$ select refuse(p_code) where p_code is not null $$;

-- Raises MDR01 if the answer is a refusal. For functions of several steps: their block rolls back the earlier steps and
-- returns the refusal by value.
create or replace function raise_refusal(p_answer json) returns void language plpgsql immutable
as $$
begin
  if p_answer -> 'refused' is not null then
    raise exception 'refused' using errcode = 'MDR01';
  end if;
end
$$;

-- Why someone may not act as a member of a room, as a code; null if they may. The order of the checks matters, and
-- store_messages repeats it.
create or replace function member_refusal(r rooms, m memberships) returns text language sql immutable
as $$
  select case
    when r.id is null then 'not_found'
    when m.room_id is null and r.visibility = 'public' and r.kind = 'room' then 'forbidden'
    when m.room_id is null then 'not_found'
    when m.banned then 'banned'
    when r.closed_at is not null then 'room_closed'
  end
$$;

-- The same for everything that an archived room refuses, which is everything but reading.
create or replace function writer_refusal(r rooms, m memberships) returns text language sql immutable
as $$ select coalesce(member_refusal(r, m), case when r.archived_at is not null then 'archived' end) $$;

-- Why someone may not act in a room, either as a member or as the tenant's service, which need not be a member.
create or replace function actor_refusal(r rooms, m memberships, p_is_service boolean) returns text language sql immutable
as $$
  select case
    when not p_is_service then member_refusal(r, m)
    when r.id is null then 'not_found'
    when m.banned then 'banned'
    when r.closed_at is not null then 'room_closed'
  end
$$;

-- Roles in order: a higher rank may act on a lower one.
create or replace function role_rank(p_role text) returns integer language sql immutable
as $$ select case p_role when 'owner' then 2 when 'moderator' then 1 else 0 end $$;

-- What the policy grants someone in a room, as the names of the grants. Someone is a member, a stranger (m.room_id is
-- null), or a service, which is granted everything. A direct room has no owner or moderators.
create or replace function granted_to(r rooms, m memberships, p_user_id uuid) returns text[] language plpgsql stable
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return (select coalesce(array_agg(granted.name order by granted.no), '{}')
  from room_types t
  join users u on u.id = p_user_id and not (u.kind = 'guest' and t.guests = 'none')
  cross join lateral (values
    (1, 'create', t.may_create), (2, 'join', t.may_join), (3, 'add', t.may_add), (4, 'members', t.may_members),
    (5, 'history', t.may_history), (6, 'send', t.may_send), (7, 'attach', t.may_attach), (8, 'data', t.may_data),
    (9, 'edit', t.may_edit), (10, 'delete', t.may_delete), (11, 'moderate', t.may_moderate),
    (12, 'manage', t.may_manage)) as granted (no, name, least)
  where t.tenant_id = r.tenant_id and t.name = coalesce(r.type, r.kind)
    and granted.least <= case when u.kind = 'service' then 4 when m.room_id is null then 0 else role_rank(m.role) + 1 end
    and not (r.kind = 'direct' and u.kind <> 'service' and granted.name in ('join', 'add', 'moderate', 'manage')));
end
$$;

-- The refusal for someone who lacks this grant in the room, in the form that refuse() takes.
create or replace function grant_refusal(r rooms, m memberships, p_user_id uuid, p_grant text) returns text language sql stable
as $$ select case when not p_grant = any (granted_to(r, m, p_user_id)) then 'grant:' || p_grant end $$;

-- The same for callers that have only ids: whether the actor, which is the user or the service that calls as the user,
-- has this grant in a room.
create or replace function is_granted_to(p_room_id uuid, p_user_id uuid, p_actor_id uuid, p_grant text) returns boolean
language sql stable
as $$
  select p_grant = any (granted_to(r, m, p_actor_id))
  from rooms r left join memberships m on m.room_id = r.id and m.user_id = p_user_id
  where r.id = p_room_id
$$;

-- The seq from which on someone is shown a room's messages. Messages from before their latest join require the grant
-- `history`, which p_actor_id must have: the user or, if a service calls as the user, the service. A non-member without
-- the grant is shown nothing.
create or replace function shown_from(r rooms, m memberships, p_actor_id uuid) returns bigint language sql stable
as $$
  select greatest(r.first_seq, case
    when 'history' = any (granted_to(r, m, p_actor_id)) then 0
    else coalesce(m.joined_at_rev, 9223372036854775807) end)
$$;

-- The same for callers that have only ids.
create or replace function shown_from_to(p_room_id uuid, p_user_id uuid, p_actor_id uuid) returns bigint language sql stable
as $$
  select shown_from(r, m, p_actor_id)
  from rooms r left join memberships m on m.room_id = r.id and m.user_id = p_user_id
  where r.id = p_room_id
$$;

-- Whether a room's messages are still kept: for a closed room, as many days as its type says.
create or replace function is_kept(r rooms) returns boolean language sql stable
as $$
  select r.closed_at is null or (r.blanked_at is null and exists (
    select from room_types t
    where t.tenant_id = r.tenant_id and t.name = coalesce(r.type, r.kind)
      and (t.closed_days is null or r.closed_at > clock_ms() - t.closed_days * interval '1 day')))
$$;

-- Why someone may not read a room's messages; null for members and for overseeing services. Such a service has the
-- right to read, and the room is overseen, or the service or the user as whom it calls is a member. It may also read
-- closed rooms.
create or replace function reading_refusal(r rooms, m memberships, p_reads_along boolean) returns text language sql stable
as $$
  select case
    when p_reads_along and (r.overseen or m.room_id is not null) and not coalesce(m.banned, false) and is_kept(r) then null
    else member_refusal(r, m)
  end
$$;

-- Why a member may not change who is in this room, whatever the policy grants.
create or replace function moderator_refusal(r rooms, m memberships) returns text language sql immutable
as $$
  select coalesce(member_refusal(r, m), case
    when r.kind = 'direct' then 'forbidden'
    when r.archived_at is not null then 'archived'
  end)
$$;

-- Whether a user is an active service of this tenant.
create or replace function is_service_of(p_tenant_id uuid, p_user_id uuid) returns boolean language sql stable
as $$
  select exists (select from users where id = p_user_id and tenant_id = p_tenant_id and kind = 'service'
    and disabled_at is null and deleted_at is null)
$$;

-- moderator_refusal for a member or the tenant's service, which need not be a member.
create or replace function manager_refusal(r rooms, m memberships, p_is_service boolean) returns text language sql immutable
as $$
  select case
    when not p_is_service then moderator_refusal(r, m)
    when r.id is null then 'not_found'
    when m.banned then 'banned'
    when r.kind = 'direct' then case when m.room_id is null then 'not_found' else 'forbidden' end
    when r.closed_at is not null then 'room_closed'
    when r.archived_at is not null then 'archived'
  end
$$;

-- Why a muted member may not write, with the time at which the mute ends; null for everyone else.
create or replace function mute_refusal(m memberships) returns json language sql volatile
as $$
  select refuse('forbidden', json_build_object('mutedUntil', wire_time(m.muted_until)))
  where m.muted_until > clock_timestamp()
$$;
