-- Who leaves whom alone. A block mutes the other one in the direct room of the two, until it is taken back; nobody else mutes
-- anybody there. So sends learn nothing of blocks.

-- Whether two users share a room that is not a default room.
create or replace function do_meet(p_user_id uuid, p_other_id uuid) returns boolean language sql stable
as $$
  select exists (
    select from memberships mine
    join memberships theirs on theirs.room_id = mine.room_id and theirs.user_id = p_other_id and not theirs.banned
    join rooms r on r.id = mine.room_id and not r.is_default and r.closed_at is null
    where mine.user_id = p_user_id and not mine.banned)
$$;

-- How a user takes a direct room that this one opens: `everyone`, `request` or `nobody`. People whom the user meets, and the
-- product's servers, are no strangers. Unless the user has said so, guests take requests, and others take all.
create or replace function directs_of(p_user_id uuid, p_other_id uuid, p_actor_id uuid) returns text language sql stable
as $$
  select case
    when chosen.directs = 'everyone' or exists (
      select from users opener where opener.id in (p_user_id, p_actor_id) and opener.kind = 'service') then 'everyone'
    when do_meet(p_user_id, p_other_id) then 'everyone'
    else chosen.directs
  end
  from (
    select coalesce(u.directs, case u.kind when 'guest' then 'request' else 'everyone' end) as directs
    from users u where u.id = p_other_id
  ) chosen
$$;

-- Mutes, in a new direct room, each of the two whom the other has blocked.
create or replace function mute_blocked(p_room_id uuid) returns void language sql volatile
as $$
  update memberships m set muted_until = '9999-12-31T00:00:00Z'
  from memberships other
  join blocks b on b.user_id = other.user_id
  where m.room_id = p_room_id and other.room_id = p_room_id and b.other_id = m.user_id
$$;

-- user:block. A repeat changes nothing. Returns the direct room in which the other has been muted or may write again.
create or replace function set_block(p_tenant_id uuid, p_user_id uuid, p_other_id uuid, p_on boolean)
returns json language plpgsql volatile
as $$
declare
  v_most_blocks constant integer := 500;
  v_key constant text := direct_key(p_user_id, p_other_id);
  v_room_id uuid;
  v_count integer;
begin
  if not exists (select from users where id = p_other_id and tenant_id = p_tenant_id and deleted_at is null) then
    return refuse('not_found');
  end if;
  if p_on and (select count(*) from blocks where user_id = p_user_id and other_id <> p_other_id) >= v_most_blocks then
    return refuse('forbidden', json_build_object('quota', 'blocks', 'max', v_most_blocks));
  end if;
  perform pg_advisory_xact_lock(hashtextextended(v_key, 0));
  select id into v_room_id from rooms where tenant_id = p_tenant_id and direct_key = v_key for no key update;
  if p_on then
    insert into blocks (user_id, other_id) values (p_user_id, p_other_id) on conflict do nothing;
  else
    delete from blocks where user_id = p_user_id and other_id = p_other_id;
  end if;
  get diagnostics v_count = row_count;
  if v_count = 0 or v_room_id is null then
    return '{}';
  end if;
  update memberships set muted_until = case when p_on then '9999-12-31T00:00:00Z'::timestamptz end
  where room_id = v_room_id and user_id = p_other_id;
  insert into signals (kind, user_id, room_id) values ('user', p_other_id, v_room_id);
  perform note_move(v_room_id);
  return json_build_object('roomId', v_room_id);
end
$$;
