-- Mentions: whose names stand in a text, and who may notify a whole room.

-- The members of a room by one of these shown keys, each with the name that others see. PL/pgSQL, so that each session
-- plans it once.
create or replace function find_named_members(p_room_id uuid, p_keys text[]) returns table (id uuid, name text)
language plpgsql stable
-- As in store_messages: only index look-ups.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  return query
  select u.id, coalesce(u.display_name, u.name)
  from rooms r
  join users u on u.tenant_id = r.tenant_id and u.shown_key = any (p_keys) and u.deleted_at is null
  join memberships m on m.room_id = r.id and m.user_id = u.id and not m.banned
  where r.id = p_room_id;
end
$$;

-- Whether someone may notify everybody in a room: moderators, and in a small room all members. A room above 1,000
-- members is never notified. p_actor_id holds the grants that count: the user or, if a service calls as the user, the
-- service.
create or replace function may_notify(p_room_id uuid, p_user_id uuid, p_actor_id uuid) returns boolean language plpgsql stable
as $$
begin
  return coalesce((
    select r.member_count <= 1000 and (r.member_count <= 20 or 'moderate' = any (granted_to(r, m, p_actor_id)))
    from rooms r left join memberships m on m.room_id = r.id and m.user_id = p_user_id
    where r.id = p_room_id
  ), false);
end
$$;
