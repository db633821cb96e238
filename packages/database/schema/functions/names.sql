-- The keys by which names are found and compared. The application computes them, so results do not depend on the
-- database's locale. When a name changes, a trigger drops its keys, whatever release or person changed it.

-- Drops the keys of an earlier name. A deleted user leaves no name behind.
create or replace function forget_user_keys() returns trigger language plpgsql
as $$
begin
  if (new.name, new.display_name) is distinct from (old.name, old.display_name) then
    delete from user_search where user_id = new.id;
    new.keys_stale := true;
    new.name_skeleton := null;
    new.shown_skeleton := null;
    new.claims_at := clock_ms();
  end if;
  return new;
end
$$;

-- Drops the keys of an earlier title. A closed room is no longer found.
create or replace function forget_room_keys() returns trigger language plpgsql
as $$
begin
  if new.title <> old.title or (new.closed_at is not null and old.closed_at is null) then
    delete from room_search where room_id = new.id;
    new.keys_stale := true;
  end if;
  return new;
end
$$;

-- Writes the keys computed from these names, unless the user has other names by now. A null p_chosen leaves name_chosen
-- as it is.
create or replace function set_user_keys(
  p_user_id uuid, p_name text, p_display_name text, p_name_skeleton text, p_shown_skeleton text, p_text text,
  p_grams integer[], p_chosen boolean
) returns boolean language plpgsql volatile
as $$
declare
  u users;
begin
  update users set
    name_skeleton = case when kind <> 'guest' and external_id is null then p_name_skeleton end,
    shown_skeleton = p_shown_skeleton,
    name_chosen = coalesce(p_chosen, name_chosen),
    keys_stale = false
  where id = p_user_id and deleted_at is null and name = p_name and display_name is not distinct from p_display_name
  returning * into u;
  if u.id is null then
    return false;
  end if;
  insert into user_search (user_id, tenant_id, name_key, is_service, text, grams)
  values (u.id, u.tenant_id, split_part(u.name_key, chr(1), 1), u.kind = 'service', p_text, p_grams)
  on conflict (user_id) do update set
    name_key = excluded.name_key, is_service = excluded.is_service, text = excluded.text, grams = excluded.grams;
  return true;
end
$$;

-- Writes the keys computed from this title, unless the room has another one by now.
create or replace function set_room_keys(p_room_id uuid, p_title text, p_text text, p_grams integer[])
returns boolean language plpgsql volatile
as $$
declare
  r rooms;
begin
  update rooms set keys_stale = false
  where id = p_room_id and title = p_title and closed_at is null
  returning * into r;
  if r.id is null then
    return false;
  end if;
  insert into room_search (room_id, tenant_id, created_at, text, grams)
  values (r.id, r.tenant_id, r.created_at, p_text, p_grams)
  on conflict (room_id) do update set text = excluded.text, grams = excluded.grams;
  return true;
end
$$;

-- Returns null if a user may take a name, else the refusal. The locks make other requests for a name that looks the
-- same wait until this transaction has ended. p_name_skeleton is null if no sign-in name is asked for, and p_user_id is
-- null for a new user. The keys of v0.1.0 are compared as well: they cover names whose skeletons are not computed yet,
-- and capitals that look like another letter than their lower-case forms do.
create or replace function claim_name(
  p_tenant_id uuid, p_user_id uuid, p_name_skeleton text, p_shown_skeleton text, p_shown_key text
) returns json language plpgsql volatile
as $$
declare
  v_lock integer;
begin
  if p_user_id is not null then
    perform pg_advisory_xact_lock(7243003, hashtext(p_user_id::text));
  end if;
  for v_lock in
    select distinct hashtext(p_tenant_id || s) from unnest(array[p_name_skeleton, p_shown_skeleton]) as s
    where s is not null order by 1
  loop
    perform pg_advisory_xact_lock(7243004, v_lock);
  end loop;

  if exists (
    select from users
    where tenant_id = p_tenant_id and name_skeleton = p_name_skeleton and deleted_at is null
  ) then
    return refuse('conflict', '{"reason": "account_name"}');
  end if;
  if exists (
    select from users
    where tenant_id = p_tenant_id and name_skeleton = p_shown_skeleton and deleted_at is null
      and id is distinct from p_user_id
  ) or exists (
    select from users
    where tenant_id = p_tenant_id and name_key = p_shown_key and kind <> 'guest' and deleted_at is null
      and id is distinct from p_user_id
  ) then
    return refuse('conflict', '{"reason": "account_name"}');
  end if;
  if p_user_id is not null and exists (
    select from memberships mine
    join memberships staff on staff.room_id = mine.room_id and staff.role <> 'member' and not staff.banned
      and staff.user_id <> p_user_id
    join users u on u.id = staff.user_id
    where mine.user_id = p_user_id and not mine.banned
      and (u.shown_skeleton = p_shown_skeleton or u.shown_key = p_shown_key)
  ) then
    return refuse('conflict', '{"reason": "staff_name"}');
  end if;
  return null;
end
$$;

-- Why someone may not enter a room under their name: a person who looks after the room is shown by a name that looks
-- the same. Names given by a product or provider never collide, nor does a member's own. Guests may share a name, so a
-- guest who opened a room keeps nobody out. The lock keeps the user's name unchanged until the end of the transaction.
create or replace function staff_name_refusal(p_room_id uuid, p_user_id uuid) returns json language plpgsql volatile
as $$
begin
  perform pg_advisory_xact_lock_shared(7243003, hashtext(p_user_id::text));
  if exists (
    select from users mine
    join memberships staff on staff.room_id = p_room_id and staff.role <> 'member' and not staff.banned
      and staff.user_id <> p_user_id
    join users theirs on theirs.id = staff.user_id and theirs.kind <> 'guest'
    where mine.id = p_user_id and mine.kind <> 'service'
      and (theirs.shown_skeleton = mine.shown_skeleton or theirs.shown_key = mine.shown_key)
      and (mine.name_chosen or (mine.external_id is null
        and not exists (select from identities i where i.user_id = mine.id)))
      and not exists (select from memberships m where m.room_id = p_room_id and m.user_id = p_user_id)
  ) then
    return refuse('conflict', '{"reason": "staff_name"}');
  end if;
  return null;
end
$$;
