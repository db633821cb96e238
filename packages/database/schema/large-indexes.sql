-- Indexes that came later to tables with many rows. Making one in a migration would keep writers waiting while all rows
-- are read, so migrating/large-indexes.ts makes the missing ones after the migrations, while others write.

-- The replies of a thread, and the pinned messages of a room.
create index messages_thread_of_idx on messages (room_id, thread_of, seq) where thread_of is not null;

create index messages_pinned_at_idx on messages (room_id, pinned_at) where pinned_at is not null;

-- A user's unread inbox items of a room: how many, and which ones read:mark reads.
create index notifications_room_id_idx on notifications (user_id, room_id) where read_at is null and room_id is not null;

-- Whose name stands after an `@`.
create index users_shown_name_idx on users (tenant_id, shown_key) where deleted_at is null;
