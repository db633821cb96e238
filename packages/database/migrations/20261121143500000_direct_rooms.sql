-- Direct rooms: exactly two users, found by direct_key. One new function; wire_room shows more of a room of that kind, of
-- which there is none before this release, so what the release before it reads does not change.

-- Up Migration

-- Both ids, in an order that does not depend on who asks.
create function direct_key(p_user_id uuid, p_other_id uuid) returns text language sql immutable
as $$ select least(p_user_id, p_other_id) || ':' || greatest(p_user_id, p_other_id) $$;

-- A direct room has no title of its own: it shows both of its users, one who is gone too, instead.
create or replace function wire_room(r rooms) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'id', r.id, 'kind', r.kind, 'title', r.title, 'visibility', r.visibility,
    'locked', r.password_hash is not null, 'capacity', r.capacity, 'ephemeral', r.ephemeral,
    'owner', (select wire_user(u) from users u where u.id = r.owner_id),
    'users', case when r.kind = 'direct' then (
      select json_agg(wire_user(u) order by u.id) from users u
      where u.id = any (string_to_array(r.direct_key, ':')::uuid[])) end,
    'rev', r.rev, 'createdAt', wire_time(r.created_at), 'closedAt', wire_time(r.closed_at)))
$$;

-- direct:open. The unique key decides which of several at once makes the room; the others wait for its commit and find
-- it. Both are plain members, so nobody manages it, and capacity keeps everyone else out.
create function open_direct(p_id uuid, p_tenant_id uuid, p_user_id uuid, p_other_id uuid)
returns json language plpgsql volatile
as $$
declare
  v_key text := direct_key(p_user_id, p_other_id);
  r rooms;
begin
  if p_user_id = p_other_id then
    return refuse('invalid');
  end if;
  select * into r from rooms where tenant_id = p_tenant_id and direct_key = v_key;
  if r.id is null then
    if not exists (
      select from users where id = p_other_id and tenant_id = p_tenant_id and deleted_at is null) then
      return refuse('not_found');
    end if;
    insert into rooms (id, tenant_id, kind, title, visibility, capacity, owner_id, created_by, direct_key)
    values (p_id, p_tenant_id, 'direct', '', 'private', 2, p_user_id, p_user_id, v_key)
    on conflict (tenant_id, direct_key) do nothing
    returning * into r;
    if r.id is not null then
      perform insert_membership(r, p_user_id, 'member');
      perform insert_membership(r, p_other_id, 'member');
      return json_build_object('state', read_state(r.id, p_user_id), 'opened', true);
    end if;
    select * into r from rooms where tenant_id = p_tenant_id and direct_key = v_key;
  end if;
  return json_build_object('state', read_state(r.id, p_user_id), 'opened', false);
end
$$;
