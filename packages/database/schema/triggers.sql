-- The triggers. Only migrations create them: replacing a trigger would lock its table against every writer.
-- noting-triggers.sql has those that note usage and events.

create trigger rooms_lobby
  before insert or update of title, visibility, password_hash, capacity, ephemeral, owner_id, member_count, closed_at
  on rooms for each row when (new.kind = 'room') execute function note_lobby_change();

create trigger users_keys before update of name, display_name on users
  for each row execute function forget_user_keys();

create trigger rooms_keys before update of title, closed_at on rooms
  for each row execute function forget_room_keys();

create trigger messages_attachments after update of payload on messages
  for each row when (old.payload ? 'attachments' and not new.payload ? 'attachments')
  execute function orphan_attachments();
