-- Mail and pushes: what waits to be sent, and to where.

-- Tokens in links of mails. Only the hash is kept.
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
-- delete_user.
create index mail_tokens_user_id_idx on mail_tokens (user_id);
-- Pruning.
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
-- The worker: due mails.
create index mails_due_at_idx on mails (due_at);
-- delete_user.
create index mails_user_id_idx on mails (user_id);

-- Web push subscriptions, by the SHA-256 of the endpoint. Each belongs to a session and ends with it.
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

-- At most one push of a user and room waits: the one for the newest message.
create table pushes (
  user_id uuid not null,
  room_id uuid not null,
  seq bigint not null,
  due_at timestamptz not null,
  primary key (user_id, room_id)
) with (fillfactor = 50);
-- The worker: due pushes.
create index pushes_due_at_idx on pushes (due_at);
