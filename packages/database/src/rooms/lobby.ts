import type {Room} from '@madang/protocol/rooms';
import type {Database} from '../connections/pool.ts';

export type LobbyChanges = {
  /** Rooms that entered the lobby, and rooms in it that changed; with memberCount. */
  opened: Room[];
  changed: Room[];
  /** Rooms that were in the lobby: closed, or private now. */
  closed: string[];
  /** Where the next reading continues. */
  until: string;
  /** More has changed than this contains: list the lobby again. */
  isTooMuch: boolean;
};

/** The most changes worth sending; beyond it, listing the lobby again costs less. */
const maxChanges = 1_000;

/**
 * As in the pulse: rooms and watermark come from one snapshot. Every transaction below the watermark had ended by then,
 * and everything above it is read again next time. So no change is missed, however late it commits, and some come
 * twice. The upper bound leaves out rows of a dump from a server whose transactions had higher numbers.
 */
const readChanges = {
  name: 'read_lobby_changes',
  text: `
    with mark as (select coalesce($2::text::xid8, pg_snapshot_xmin(pg_current_snapshot())) as since)
    select
      pg_snapshot_xmin(pg_current_snapshot())::text as until,
      (
        select coalesce(json_agg(json_build_object('id', r.id,
          'opened', r.listed_xact >= mark.since,
          'room', case when r.visibility = 'public' and r.closed_at is null then wire_counted_room(r) end)), '[]')
        from (
          select * from rooms
          where tenant_id = $1 and lobby_xact >= mark.since
            and lobby_xact < pg_snapshot_xmax(pg_current_snapshot())
          order by lobby_xact desc
          limit ${maxChanges} + 1
        ) r
      ) as rooms
    from mark`,
};

type Row = {until: string; rooms: {id: string; opened: boolean; room: Room | null}[]};

/**
 * Returns the changes of a tenant's public rooms since an earlier reading; some were in an earlier answer. The first
 * reading, without `since`, returns what is known by then; later readings may repeat it.
 */
export async function readLobbyChanges(
  db: Database,
  {tenantId, since}: {tenantId: string; since?: string},
): Promise<LobbyChanges> {
  const [row] = await db.query<Row>(readChanges, [tenantId, since]);
  const {until, rooms} = row!;
  const isTooMuch = rooms.length > maxChanges;
  const roomsThat = (opened: boolean) =>
    rooms.flatMap((each) => (each.room && each.opened === opened ? [each.room] : []));
  return {
    opened: roomsThat(true),
    changed: roomsThat(false),
    closed: rooms.filter(({room}) => !room).map(({id}) => id),
    until,
    isTooMuch,
  };
}
