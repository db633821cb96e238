-- Inboxes and what is in them.

create table inboxes (
  user_id uuid primary key,
  tenant_id uuid not null,
  head bigint not null default 0,
  unread integer not null default 0 check (unread >= 0),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
) with (fillfactor = 50);

-- What all recipients of one call share. `ids` are the notifications' ids in the order of the call, so that a late
-- retry gets the first answer.
create table notification_batches (
  id uuid primary key,
  tenant_id uuid not null,
  sender_id uuid not null,
  key text,
  type text not null,
  data json not null,
  ids uuid[] not null,
  created_at timestamptz not null default clock_ms(),
  -- An inbox item of the cluster's own points at a message, and at the root of its thread. Its `data` is empty: what it
  -- shows is joined when it is read.
  room_id uuid,
  seq bigint,
  root_seq bigint,
  foreign key (tenant_id, sender_id) references users (tenant_id, id),
  unique (sender_id, key)
);
-- Pruning.
create index notification_batches_created_at_idx on notification_batches (created_at);

-- No foreign keys: notify_users and write_items, the only writers, insert into inboxes that they have locked, and into
-- batches of their own.
create table notifications (
  id uuid primary key,
  user_id uuid not null,
  seq bigint not null,
  rev bigint not null,
  batch_id uuid not null,
  created_at timestamptz not null,
  read_at timestamptz,
  -- The batch's room, for the index.
  room_id uuid,
  unique (user_id, seq)
);
-- Those marked as read above a position.
create index notifications_rev_idx on notifications (user_id, rev) where rev <> seq;
-- large-indexes.sql has one more.
-- notification:read up to one.
create index notifications_unread_idx on notifications (user_id, seq) where read_at is null;
-- Pruning.
create index notifications_batch_id_idx on notifications (batch_id);
