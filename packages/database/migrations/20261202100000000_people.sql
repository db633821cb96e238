-- Reactions, pins, threads, mentions, inbox items, search, files of any kind, and what reaches people or leaves them alone.
--
-- New tables, and columns without values or with constant defaults, for which Postgres rewrites no row. The release
-- before this one reads and writes past them. schema/large-indexes.sql has the new indexes of tables with many rows.

-- Up Migration

create table projector_positions (
  room_id uuid primary key,
  rev bigint not null
) with (fillfactor = 50);
-- The projector's reader is there before its first worker is, and misses nothing of what moves in between.
update move_numbering set seen = coalesce(seen, pg_current_snapshot()), numbered_at = clock_ms();
insert into move_readers (name, batch) select 'projector', batch from move_numbering;
-- What is older than this release is not projected. This reads all rooms, so it comes before the locks.
insert into projector_positions (room_id, rev) select id, head from rooms where head > 0;

-- Everybody who writes waits behind a lock request. So it gives up after a short wait, and lets them write before it is
-- repeated. What follows takes no time that depends on the number of rows.
do $$
begin
  for attempt in 1..120 loop
    begin
      set local lock_timeout = '100ms';
      lock table tenants, users, rooms, memberships, messages, attachments, notification_batches, notifications
        in access exclusive mode;
      return;
    exception when lock_not_available then
      if attempt = 120 then
        raise;
      end if;
      perform pg_sleep(0.4);
    end;
  end loop;
end
$$;

alter table messages
  add column thread_of bigint,
  add column pinned_at timestamptz;
alter table rooms
  add column topic text,
  add column slow_seconds integer;
alter table memberships
  add column level text,
  add column section text,
  add column hidden boolean not null default false,
  add column request boolean not null default false,
  add column slowed_until timestamptz;
alter table users
  add column email text,
  add column verified_at timestamptz,
  add column status jsonb,
  add column dnd_until timestamptz,
  add column is_admin boolean not null default false,
  add column directs text;
alter table attachments
  add column kind text not null default 'image',
  add column completed_at timestamptz,
  alter column width drop not null,
  alter column height drop not null;
alter table notification_batches
  add column room_id uuid,
  add column seq bigint,
  add column root_seq bigint;
alter table notifications add column room_id uuid;

create table reactions (
  room_id uuid not null,
  seq bigint not null,
  emoji text not null collate "C",
  user_id uuid not null,
  rev bigint not null,
  primary key (room_id, seq, emoji, user_id)
);

create table thread_follows (
  room_id uuid not null,
  root_seq bigint not null,
  user_id uuid not null,
  read_seq bigint not null default 0,
  active_at timestamptz not null default clock_ms(),
  off boolean not null default false,
  primary key (room_id, root_seq, user_id)
) with (fillfactor = 80);
create index thread_follows_user_id_idx on thread_follows (user_id, active_at);

create table search_chunks (
  room_id uuid not null,
  from_seq bigint not null,
  to_seq bigint not null,
  at timestamptz not null,
  terms integer[] not null,
  primary key (room_id, from_seq)
);
create index search_chunks_terms_idx on search_chunks using gin (terms);

create table link_previews (
  hash bytea primary key,
  preview json,
  fetched_at timestamptz not null default clock_ms()
);
create index link_previews_fetched_at_idx on link_previews (fetched_at);

create table pieces (
  attachment_id uuid not null references attachments on delete cascade,
  no integer not null,
  bytes bytea not null,
  primary key (attachment_id, no)
);
alter table pieces alter column bytes set storage external;

create table blocks (
  user_id uuid not null references users,
  other_id uuid not null references users,
  created_at timestamptz not null default clock_ms(),
  primary key (user_id, other_id)
);
create index blocks_other_id_idx on blocks (other_id);

create table invites (
  id uuid primary key,
  tenant_id uuid not null,
  room_id uuid not null,
  hash text not null unique,
  created_by uuid not null,
  created_at timestamptz not null default clock_ms(),
  expires_at timestamptz not null,
  uses_left integer check (uses_left >= 0),
  foreign key (tenant_id, room_id) references rooms (tenant_id, id),
  foreign key (tenant_id, created_by) references users (tenant_id, id)
);
create index invites_room_id_idx on invites (room_id, id);
create index invites_expires_at_idx on invites (expires_at);

create table mail_tokens (
  hash text primary key,
  tenant_id uuid not null,
  user_id uuid not null,
  purpose text not null check (purpose in ('verify', 'reset')),
  email text not null,
  expires_at timestamptz not null,
  uses_left integer not null default 1 check (uses_left >= 0),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create index mail_tokens_user_id_idx on mail_tokens (user_id);
create index mail_tokens_expires_at_idx on mail_tokens (expires_at);

create table mails (
  id uuid primary key,
  tenant_id uuid not null references tenants,
  user_id uuid not null,
  email text not null,
  type text not null,
  data json not null,
  attempts integer not null default 0,
  due_at timestamptz not null default clock_ms(),
  created_at timestamptz not null default clock_ms(),
  foreign key (tenant_id, user_id) references users (tenant_id, id)
);
create index mails_due_at_idx on mails (due_at);
create index mails_user_id_idx on mails (user_id);

create table push_subscriptions (
  hash bytea primary key,
  user_id uuid not null references users,
  session_hash text not null,
  endpoint text not null,
  keys json not null,
  created_at timestamptz not null default clock_ms()
);
create index push_subscriptions_user_id_idx on push_subscriptions (user_id);
create index push_subscriptions_session_hash_idx on push_subscriptions (session_hash);

create table pushes (
  user_id uuid not null,
  room_id uuid not null,
  seq bigint not null,
  due_at timestamptz not null,
  primary key (user_id, room_id)
) with (fillfactor = 50);
create index pushes_due_at_idx on pushes (due_at);

create table reports (
  id uuid primary key,
  tenant_id uuid not null,
  room_id uuid not null,
  seq bigint not null,
  reporter_id uuid not null,
  reason text not null,
  snapshot jsonb not null,
  created_at timestamptz not null default clock_ms(),
  decided_at timestamptz,
  decided_by uuid,
  outcome text check (outcome in ('dismissed', 'deleted', 'muted', 'banned')),
  decision text,
  unique (room_id, seq, reporter_id),
  foreign key (tenant_id, room_id) references rooms (tenant_id, id),
  foreign key (tenant_id, reporter_id) references users (tenant_id, id),
  foreign key (tenant_id, decided_by) references users (tenant_id, id)
);
create index reports_tenant_id_idx on reports (tenant_id, created_at, id);
create index reports_open_idx on reports (tenant_id, created_at, id) where decided_at is null;
create index reports_reporter_id_idx on reports (reporter_id);
