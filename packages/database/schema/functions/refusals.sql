-- Who may do what, as a refusal or null. These functions read only and take no lock: a caller that is about to write
-- locks the room first and passes in the rows that it has read under that lock.

-- How a function refuses: by value, since a refusal is no error of the database (see call() in pool.ts). `archived` stands
-- for `forbidden` with the detail that says so.
create or replace function refuse(p_code text, p_details json default null) returns json language sql immutable
as $$
  select json_build_object('refused', case
    when p_code = 'archived' then '{"code": "forbidden", "details": {"archived": true}}'::json
    else json_strip_nulls(json_build_object('code', p_code, 'details', p_details)) end)
$$;

-- Raises where the answer is a refusal: for a function of several steps, whose block then takes back the earlier ones and
-- returns the refusal by value (MDR01).
create or replace function raise_refusal(p_answer json) returns void language plpgsql immutable
as $$
begin
  if p_answer -> 'refused' is not null then
    raise exception 'refused' using errcode = 'MDR01';
  end if;
end
$$;

-- Why someone may not act as a member of a room, as a code; null when they may. The one order of these answers:
-- store_messages has the same.
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

-- The same for what an archived room refuses: everything but reading.
create or replace function writer_refusal(r rooms, m memberships) returns text language sql immutable
as $$ select coalesce(member_refusal(r, m), case when r.archived_at is not null then 'archived' end) $$;

-- Why someone may not act in a room, as a member or as the tenant's service, which need not be in it.
create or replace function actor_refusal(r rooms, m memberships, p_is_service boolean) returns text language sql immutable
as $$
  select case
    when not p_is_service then member_refusal(r, m)
    when r.id is null then 'not_found'
    when m.banned then 'banned'
    when r.closed_at is not null then 'room_closed'
  end
$$;

-- Roles in order: who ranks higher may act on who ranks lower.
create or replace function role_rank(p_role text) returns integer language sql immutable
as $$ select case p_role when 'owner' then 2 when 'moderator' then 1 else 0 end $$;

-- Why the actor may not manage members of this room; null when they are moderator or owner.
create or replace function moderator_refusal(r rooms, m memberships) returns text language sql immutable
as $$
  select coalesce(member_refusal(r, m), case
    when r.kind = 'direct' or role_rank(m.role) < 1 then 'forbidden'
    when r.archived_at is not null then 'archived'
  end)
$$;

-- Whether a user is a service of this tenant that may act.
create or replace function is_service_of(p_tenant_id uuid, p_user_id uuid) returns boolean language sql stable
as $$
  select exists (select from users where id = p_user_id and tenant_id = p_tenant_id and kind = 'service'
    and disabled_at is null and deleted_at is null)
$$;

-- Why the actor may not add or remove members of this room; null when they may: moderators, the owner, and the
-- tenant's service, which need not be in the room.
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

-- Why a muted member may not write, with the time when that ends; null for everyone else.
create or replace function mute_refusal(m memberships) returns json language sql volatile
as $$
  select refuse('forbidden', json_build_object('mutedUntil', wire_time(m.muted_until)))
  where m.muted_until > clock_timestamp()
$$;
