-- Keys by which names are searched and compared: the application makes them, so that no locale of a database has a say.
--
-- New tables, columns with defaults, triggers and functions. The release before this one writes no keys: what it inserts
-- or renames is stale until a worker of this one has made them, and is found by the old rule meanwhile.

-- Up Migration

-- name_skeleton is that of the name one signs in with (null for users of products and guests, who have none);
-- shown_skeleton that of what others see. name_chosen: whether the user has chosen the shown name since it was given.
alter table users
  add column name_skeleton text collate "C",
  add column shown_skeleton text collate "C",
  add column name_chosen boolean not null default false,
  add column keys_stale boolean not null default true;
-- Whether an account or service is called so, or looks so.
create index users_name_skeleton_idx on users (tenant_id, name_skeleton)
  where name_skeleton is not null and deleted_at is null;
-- The worker and user:list: whose keys are still to be made.
create index users_keys_stale_idx on users (tenant_id, id) where keys_stale and deleted_at is null;

-- Beside the users, so that reading a user does not read this. `grams` are hashes of all pieces of two and three
-- characters, and of single ones of scripts that write syllables or words with one; the tenant is part of each hash.
create table user_search (
  user_id uuid primary key references users,
  tenant_id uuid not null,
  name_key text not null collate "C",
  is_service boolean not null,
  text text not null collate "C",
  grams integer[] not null
);
-- user:list with a query, for what few names have; and for what many have.
create index user_search_grams_idx on user_search using gin (grams);
create index user_search_list_idx on user_search (tenant_id, name_key, user_id);

-- One byte a room: its row is written with every batch of messages.
alter table rooms add column keys_stale boolean not null default true;
create index rooms_keys_stale_idx on rooms (tenant_id, id) where keys_stale and closed_at is null;

create table room_search (
  room_id uuid primary key references rooms,
  tenant_id uuid not null,
  created_at timestamptz not null,
  text text not null collate "C",
  grams integer[] not null
);
create index room_search_grams_idx on room_search using gin (grams);
-- room:list with a query.
create index room_search_list_idx on room_search (tenant_id, created_at, room_id);

-- The staff of a room.
create index memberships_staff_idx on memberships (room_id, user_id) where role <> 'member' and not banned;

-- Keys of an earlier name do not count. A deleted user leaves no name behind.
create function forget_user_keys() returns trigger language plpgsql
as $$
begin
  if (new.name, new.display_name) is distinct from (old.name, old.display_name) then
    delete from user_search where user_id = new.id;
    new.keys_stale := true;
    new.name_skeleton := null;
    new.shown_skeleton := null;
  end if;
  return new;
end
$$;
create trigger users_keys before update of name, display_name on users
  for each row execute function forget_user_keys();

create function forget_room_keys() returns trigger language plpgsql
as $$
begin
  if new.title <> old.title or (new.closed_at is not null and old.closed_at is null) then
    delete from room_search where room_id = new.id;
    new.keys_stale := true;
  end if;
  return new;
end
$$;
create trigger rooms_keys before update of title, closed_at on rooms
  for each row execute function forget_room_keys();

-- Writes the keys that were made of these names, unless the user has others by now. p_chosen: null leaves it as it is.
create function set_user_keys(
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

create function set_room_keys(p_room_id uuid, p_title text, p_text text, p_grams integer[])
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

-- Whether a user may take a name; else the refusal. The locks make other requests for a name that looks the same wait
-- until this transaction has ended. p_name_skeleton is null where no sign-in name is asked for, p_user_id null for a new
-- user. The keys of the release before this one are compared, too: of names whose skeletons are not made yet, and of
-- capitals that look like another letter than their small forms do.
create function claim_name(
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

-- Why someone may not come into a room as they are shown: somebody who looks after it is shown so. Names that a product or
-- a provider has given are never in the way, nor is a member's. Guests may share a name, so that of a guest who opened a
-- room keeps nobody out. The lock keeps the user's name as it is until the end.
create function staff_name_refusal(p_room_id uuid, p_user_id uuid) returns json language plpgsql volatile
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
