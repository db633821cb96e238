-- Which public rooms have changed, for those who watch the lobby (see lobby.ts). Adds columns and a trigger that fills
-- them, so a release before this one keeps them up to date without knowing them.
--
-- A trigger, since rooms are changed by many functions, by the worker and by hand, and each would have to remember.
-- Sending a message touches none of its columns and pays nothing.

-- Up Migration

-- The transactions that last changed what the lobby shows of a room, and that brought it into the lobby.
alter table rooms add column lobby_xact xid8, add column listed_xact xid8;
-- read_lobby_changes.
create index rooms_lobby_xact_idx on rooms (tenant_id, lobby_xact) where lobby_xact is not null;

create function note_lobby_change() returns trigger language plpgsql
as $$
declare
  v_was_listed boolean := false;
  v_is_listed boolean := new.visibility = 'public' and new.closed_at is null;
begin
  if tg_op = 'UPDATE' then
    v_was_listed := old.visibility = 'public' and old.closed_at is null;
  end if;
  -- A room that is and stays private leaves no trace that a watcher could be told of.
  if v_was_listed or v_is_listed then
    new.lobby_xact := pg_current_xact_id();
  end if;
  if v_is_listed and not v_was_listed then
    new.listed_xact := pg_current_xact_id();
  end if;
  return new;
end
$$;

create trigger rooms_lobby
  before insert or update of title, visibility, password_hash, capacity, ephemeral, owner_id, member_count, closed_at
  on rooms for each row when (new.kind = 'room') execute function note_lobby_change();
