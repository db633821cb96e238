-- What kind of user sent a message, and which room a tenant's accounts are in from the start. A column with a default, and
-- functions that answer what they did before and one field more: the release before this one passes that on.

-- Up Migration

-- Whether a tenant's accounts are in this room from registration on.
alter table rooms add column is_default boolean not null default false;
update rooms r set is_default = true from tenants t where t.general_room_id = r.id;

-- As before, but that the room is marked as the default one.
create or replace function create_tenant(p_id uuid, p_name text, p_hosts text[], p_service_id uuid, p_room_id uuid)
returns void language sql volatile
as $$
  insert into tenants (id, name) values (p_id, p_name);
  insert into tenant_hosts (host, tenant_id) select host, p_id from unnest(p_hosts) as host;
  insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
  values (p_service_id, p_id, 'service', 'madang', 'madang', 'madang', '#5b6b7b');
  insert into rooms (id, tenant_id, title, visibility, owner_id, created_by, is_default)
  values (p_room_id, p_id, 'general', 'public', p_service_id, p_service_id, true);
  update tenants set general_room_id = p_room_id where id = p_id;
$$;

create or replace function wire_room(r rooms) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'id', r.id, 'kind', r.kind, 'title', r.title, 'visibility', r.visibility,
    'locked', r.password_hash is not null, 'capacity', r.capacity, 'ephemeral', r.ephemeral,
    'isDefault', case when r.is_default then true end,
    'owner', (select wire_user(u) from users u where u.id = r.owner_id),
    'users', case when r.kind = 'direct' then (
      select json_agg(wire_user(u) order by u.id) from users u
      where u.id = any (string_to_array(r.direct_key, ':')::uuid[])) end,
    'rev', r.rev, 'createdAt', wire_time(r.created_at), 'closedAt', wire_time(r.closed_at)))
$$;

-- The sender as stored. The release before this one stores it without the kind, which is then that of the user.
create function wire_sender(m messages) returns jsonb language sql stable
as $$
  select case when m.sender ? 'kind' then m.sender
    else m.sender || jsonb_build_object('kind', (select u.kind from users u where u.id = m.sender_id)) end
$$;

create or replace function wire_message(m messages) returns json language sql stable
as $$
  select json_strip_nulls(json_build_object(
    'roomId', m.room_id, 'seq', m.seq, 'rev', m.rev, 'clientId', m.client_id, 'sender', wire_sender(m),
    'kind', m.kind, 'text', m.text, 'attachments', coalesce(m.payload -> 'attachments', '[]'),
    'replyTo', m.payload -> 'replyTo', 'createdAt', wire_time(m.created_at), 'editedAt', wire_time(m.edited_at),
    'deletedAt', wire_time(m.deleted_at)))
$$;
