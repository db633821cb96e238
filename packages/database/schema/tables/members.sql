-- Who is in a room, was in it, and is connected to it.

-- The current row of everyone who is in a room or banned from it. A banned row is not a membership and is not counted.
create table memberships (
  tenant_id uuid not null,
  room_id uuid not null,
  user_id uuid not null,
  role text not null default 'member' check (role in ('owner', 'moderator', 'member')),
  joined_at_rev bigint not null,
  read_seq bigint not null,
  muted_until timestamptz,
  banned boolean not null default false,
  created_at timestamptz not null default clock_ms(),
  -- The message for which the product got `message.unseen`: it gets no other one until read_seq reaches it.
  unseen_seq bigint,
  -- How the member wants the room: what makes a notice (all, mentions or none; null: the room's kind decides), in which
  -- section of the list, and whether it is hidden there.
  level text,
  section text,
  hidden boolean not null default false,
  -- A direct room that a stranger opened, which the user has neither accepted nor answered.
  request boolean not null default false,
  -- In slow mode: the time of the next message.
  slowed_until timestamptz,
  primary key (room_id, user_id),
  foreign key (tenant_id, room_id) references rooms (tenant_id, id),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
) with (fillfactor = 80);
-- The rooms of a user.
create index memberships_user_id_idx on memberships (user_id);
-- The staff of a room.
create index memberships_staff_idx on memberships (room_id, user_id) where role <> 'member' and not banned;

-- Links that lead into a room. Only the hash of the token is kept.
create table invites (
  id uuid primary key,
  tenant_id uuid not null,
  room_id uuid not null,
  hash text not null unique,
  created_by uuid not null,
  created_at timestamptz not null default clock_ms(),
  expires_at timestamptz not null,
  -- Null means without limit.
  uses_left integer check (uses_left >= 0),
  foreign key (tenant_id, room_id) references rooms (tenant_id, id),
  foreign key (tenant_id, created_by) references users (tenant_id, id)
);
-- invite:list.
create index invites_room_id_idx on invites (room_id, id);
-- Pruning.
create index invites_expires_at_idx on invites (expires_at);

-- Every interval [joined_at_rev, left_at_rev) for which someone was in a room. Rows are never deleted: the log's
-- `left` entries are read from here.
create table membership_spans (
  room_id uuid not null references rooms,
  user_id uuid not null references users,
  joined_at_rev bigint not null,
  left_at_rev bigint,
  reason text check (reason in ('left', 'removed', 'banned')),
  -- For an ended membership: the mute that was in force at its end, and the wait of slow mode.
  muted_until timestamptz,
  slowed_until timestamptz,
  primary key (room_id, user_id, joined_at_rev),
  check ((left_at_rev is null) = (reason is null)),
  check (left_at_rev >= joined_at_rev)
);
-- `left` entries above a cursor.
create index membership_spans_left_at_rev_idx on membership_spans (room_id, left_at_rev)
  where left_at_rev is not null;
-- The worker: where a deleted user has written.
create index membership_spans_user_id_idx on membership_spans (user_id);

-- Who is connected to an ephemeral room, and through which node. A node's rows count while its lease holds.
create table attendances (
  room_id uuid not null references rooms,
  user_id uuid not null references users,
  node_id text not null,
  ended_at timestamptz,
  primary key (room_id, user_id, node_id)
);
