-- What the worker derives from rooms' logs after the commit.

-- The rev up to which a room's log was projected; 0 if a room has no row.
create table projector_positions (
  room_id uuid primary key,
  rev bigint not null
) with (fillfactor = 50);

-- The hashes of all search terms of neighbouring messages. A chunk says where to look; the messages decide.
create table search_chunks (
  room_id uuid not null,
  from_seq bigint not null,
  to_seq bigint not null,
  at timestamptz not null,
  terms integer[] not null,
  primary key (room_id, from_seq)
);
create index search_chunks_terms_idx on search_chunks using gin (terms);

-- What a link shows, by the SHA-256 of its address. Null: there is nothing to show.
create table link_previews (
  hash bytea primary key,
  preview json,
  fetched_at timestamptz not null default clock_ms()
);
-- Pruning.
create index link_previews_fetched_at_idx on link_previews (fetched_at);
