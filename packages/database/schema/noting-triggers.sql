-- The triggers that note usage and events, and that let go what stands on messages. They need their functions, which are
-- installed after the migrations, so the code that installs the functions makes the missing triggers. Making one locks
-- out writers of its table, including every send. So each is made in its own transaction, which takes one lock and gives
-- up if it does not get it at once (migrating/noting-triggers.ts).

create trigger users_made after insert on users
  referencing new table as made for each statement execute function note_new_users();

create trigger users_gone after update of deleted_at on users
  for each row when (old.deleted_at is null and new.deleted_at is not null and new.kind <> 'service')
  execute function note_gone_user();

create trigger rooms_made after insert on rooms
  referencing new table as made for each statement execute function note_new_rooms();

create trigger rooms_closed after update of closed_at on rooms
  for each row when (old.closed_at is null and new.closed_at is not null) execute function note_closed_room();

create trigger attachments_made after insert on attachments
  referencing new table as made for each statement execute function note_new_files();

create trigger attachments_gone after delete on attachments
  referencing old table as gone for each statement execute function note_gone_files();

create trigger rooms_events after insert or update of rev, closed_at on rooms
  for each row execute function note_room_event();

create trigger memberships_events after insert or delete or update of role, muted_until, banned on memberships
  for each row execute function note_member_event();

create trigger users_events
  after insert or update of name, display_name, color, avatar_id, external_id, disabled_at, deleted_at, data on users
  for each row execute function note_user_event();

create trigger erasures_events after update of finished_at on erasures
  for each row execute function note_erasure_event();

create trigger messages_annotations before update of payload on messages
  for each row when (old.payload ? 'annotations' and not new.payload ? 'annotations') execute function drop_annotations();
