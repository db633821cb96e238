-- The messages of all rooms, and what belongs to them: reactions, threads, files.

-- No foreign keys. store_messages, the only writer, inserts into rooms that it has locked, for senders whose membership
-- it has read; users and rooms are never deleted. Two checks a row would halve the throughput of the write path.
create table messages (
  room_id uuid not null,
  -- The position at which it was sent, and the rev of its last change.
  seq bigint not null,
  rev bigint not null,
  sender_id uuid not null,
  -- The sender as shown when it was sent.
  sender jsonb not null,
  -- Made by the client: a retry carries the same one and is a duplicate.
  client_id uuid not null,
  kind text not null default 'text' check (kind in ('text', 'system')),
  text text not null,
  -- What else a message has: replyTo, attachments, annotations.
  payload jsonb not null default '{}',
  created_at timestamptz not null,
  edited_at timestamptz,
  deleted_at timestamptz,
  -- The seq of the root of the thread that it is a reply in.
  thread_of bigint,
  pinned_at timestamptz,
  primary key (room_id, seq),
  constraint messages_client_id unique (room_id, sender_id, client_id)
) with (autovacuum_vacuum_insert_scale_factor = 0.05);
-- Edits and deletions above a cursor. Untouched messages have rev = seq and are found by the primary key.
create index messages_rev_idx on messages (room_id, rev) where rev <> seq;
-- large-indexes.sql has more.

-- Who reacted to which message with what, and by which rev. A message's payload has a summary, which every reader gets.
-- No foreign keys: the rows of a message are written under the lock of its room, and go with its content.
create table reactions (
  room_id uuid not null,
  seq bigint not null,
  emoji text not null collate "C",
  user_id uuid not null,
  rev bigint not null,
  primary key (room_id, seq, emoji, user_id)
);

-- Who follows which thread, and up to where they have read it. `off`: they no longer want to, so a mention alone brings
-- them back.
create table thread_follows (
  room_id uuid not null,
  root_seq bigint not null,
  user_id uuid not null,
  read_seq bigint not null default 0,
  active_at timestamptz not null default clock_ms(),
  off boolean not null default false,
  primary key (room_id, root_seq, user_id)
) with (fillfactor = 80);
-- thread:list.
create index thread_follows_user_id_idx on thread_follows (user_id, active_at);

-- An image or file belongs to its uploader until a message that carries it is stored; from then on it belongs to the
-- room, through (room_id, seq), which only store_with_attachments sets.
create table attachments (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  user_id uuid not null,
  room_id uuid,
  seq bigint,
  is_avatar boolean not null default false,
  name text not null,
  type text not null,
  size integer not null,
  width integer,
  height integer,
  created_at timestamptz not null default clock_ms(),
  orphaned_at timestamptz,
  kind text not null default 'image',
  -- For what comes in pieces: when the last one was there.
  completed_at timestamptz,
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
-- How many bytes a user keeps.
create index attachments_user_id_idx on attachments (user_id);
-- The images of a message that was deleted.
create index attachments_seq_idx on attachments (room_id, seq) where room_id is not null;
-- The worker: images that were never sent, and images of deleted messages.
create index attachments_created_at_idx on attachments (created_at) where room_id is null;
create index attachments_orphaned_at_idx on attachments (orphaned_at) where orphaned_at is not null;

-- The bytes, apart from the columns that messages need. EXTERNAL, since images are compressed already; a part of a
-- value can then be read without the rest.
create table blobs (
  attachment_id uuid not null references attachments on delete cascade,
  variant text not null check (variant in ('image', 'thumbnail')),
  type text not null,
  bytes bytea not null,
  primary key (attachment_id, variant)
);
alter table blobs alter column bytes set storage external;

-- The pieces of a file that is uploaded in pieces, numbered from 0.
create table pieces (
  attachment_id uuid not null references attachments on delete cascade,
  no integer not null,
  bytes bytea not null,
  primary key (attachment_id, no)
);
alter table pieces alter column bytes set storage external;
