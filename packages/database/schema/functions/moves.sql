-- What moved. Every transaction that changes a room's log, or who may do what in the room, leaves a row in `moves`: by
-- note_move, or for a batch of messages by append_messages. Gateways and workers read it by snapshots (see pulse.ts).

-- Called by a function that holds the room's lock, once it has changed the room.
create or replace function note_move(p_room_id uuid) returns void language sql volatile
as $$ insert into moves (rooms) select uuid_send(id) || int8send(head) from rooms where id = p_room_id $$;

-- Notes a mark, and forgets up to p_limit rows that could be seen for p_keep_ms; 0 when there are no more of them.
--
-- A row's age says nothing: a transaction may commit an hour after it wrote. So rows go by the marks, oldest first and by
-- the index, and a reader knows from the oldest mark what it may have missed.
create or replace function prune_moves(p_keep_ms float8, p_limit integer) returns integer language plpgsql volatile
as $$
declare
  v_oldest xid8;
  v_pruned integer;
begin
  -- Nothing has been pruned below the first mark, and from then on only what lies below the oldest one.
  insert into move_marks (xact) select '0' where not exists (select from move_marks);
  insert into move_marks (xact) values (pg_snapshot_xmin(pg_current_snapshot())) on conflict do nothing;
  select max(xact) into v_oldest from move_marks where at <= clock_ms() - p_keep_ms * interval '1 millisecond';
  delete from move_marks where xact < v_oldest;
  delete from moves where ctid = any (
    array(select ctid from moves where xact < v_oldest order by xact limit p_limit));
  get diagnostics v_pruned = row_count;
  return v_pruned;
end
$$;
