import {ChatError} from '@madang/protocol/errors';
import {limits} from '@madang/protocol/limits';
import type {Cursor, Frame, LeaveReason} from '@madang/protocol/log';
import type {Grant} from '@madang/protocol/policy';
import {decodeCursor, encodeCursor} from '../cursors.ts';
import {call, type Database} from '../connections/pool.ts';
import type {Reader} from '../rooms/membership.ts';
import type {StateRead} from '../rooms/rooms.ts';

const readLogStatement = {name: 'read_log', text: 'select read_log($1, $2, $3, $4) as frame'};

/**
 * Reads the changes after a rev for a feed, which knows what each reader may see.
 *
 * With `more`, the frame's head is its last entry's rev. For a rev above the head it returns an empty frame at the
 * head.
 */
export async function readLog(
  db: Database,
  page: {roomId: string; after: number; limit: number; maxBytes?: number},
): Promise<Frame> {
  const {roomId, after, limit, maxBytes = limits.syncBytes} = page;
  const [row] = await db.query<{frame: Frame | null}>(readLogStatement, [roomId, after, limit, maxBytes]);
  if (!row?.frame) throw new ChatError('not_found');
  return row.frame;
}

const syncRoomStatement = {
  name: 'sync_reader',
  text: `select sync_reader($1, $2, $3, $4, $5, $6, $7, ${limits.syncBytes}) as answer`,
};

/** Reads what a reader with a cursor is missing; `reset` if the cursor is not on this log (design §9). */
export function syncRoom(
  db: Database,
  page: Reader & {roomId: string; epoch?: string; after: number; limit: number},
): Promise<Frame> {
  const {roomId, userId, actorId = userId, readsAlong = false, epoch, after, limit} = page;
  return call(db, syncRoomStatement, [roomId, userId, actorId, readsAlong, epoch, after, limit]);
}

const syncRoomsStatement = {
  name: 'sync_rooms',
  text: 'select sync_rooms($1, $2::uuid[], $3::text[], $4::bigint[], $5, $6) as frames',
};

/** Does syncRoom for many rooms in one snapshot, up to `maxBytes`; leaves out rooms that have not moved. */
export async function syncRooms(
  db: Database,
  options: {userId: string; cursors: Record<string, Cursor>; maxBytes?: number},
): Promise<Frame[]> {
  const {userId, cursors, maxBytes = limits.syncBytes} = options;
  const roomIds = Object.keys(cursors);
  if (roomIds.length === 0) return [];
  const [row] = await db.query<{frames: Frame[]}>(syncRoomsStatement, [
    userId,
    roomIds,
    roomIds.map((id) => cursors[id]!.epoch),
    roomIds.map((id) => cursors[id]!.rev),
    limits.pageItems,
    maxBytes,
  ]);
  return row!.frames;
}

const readState = {name: 'read_state', text: 'select read_state($1, $2) as state'};

/** Reads room, membership and position in one snapshot, to subscribe a connection; undefined for a non-member. */
export async function readSubscription(
  db: Database,
  {roomId, userId}: {roomId: string; userId: string},
): Promise<StateRead | undefined> {
  const [row] = await db.query<{state: StateRead | null}>(readState, [roomId, userId]);
  return row?.state ?? undefined;
}

const membershipAge = {
  name: 'membership_age',
  text: `
    select (extract(epoch from clock_timestamp() - m.created_at) * 1000)::float8 as "ageMs"
    from memberships m join rooms r on r.id = m.room_id
    where m.room_id = $1 and m.user_id = $2 and not m.banned and r.closed_at is null`,
};

/** How long the user has been a member, in ms; undefined for a non-member. */
export async function readMembershipAge(
  db: Database,
  {roomId, userId}: {roomId: string; userId: string},
): Promise<number | undefined> {
  const [row] = await db.query<{ageMs: number}>(membershipAge, [roomId, userId]);
  return row?.ageMs;
}

const readMembershipsStatement = {
  name: 'read_memberships',
  text: `
    select wire_epoch(r.epoch) as epoch, r.head, (
      select coalesce(json_object_agg(m.user_id, json_build_object(
          'joinedAt', m.joined_at_rev, 'shownFrom', shown_from(r, m, m.user_id))), '{}')
      from memberships m
      where m.room_id = r.id and m.user_id = any ($2::uuid[]) and not m.banned
    ) as members
    from rooms r where r.id = $1 and r.closed_at is null`,
};

/** Since when a user is in a room, and from which seq on the user is shown its messages. */
export type Standing = {joinedAt: number; shownFrom: number};
/** The same, with the grants that the policy gives the user there. */
export type RuledStanding = Standing & {may: Grant[]};
export type RoomStandings = {epoch: string; head: number; members: Record<string, Standing>};

/** A room's log position, and the standing of each user who is a member, in one snapshot; undefined once closed. */
export async function readMemberships(
  db: Database,
  {roomId, userIds}: {roomId: string; userIds: readonly string[]},
): Promise<RoomStandings | undefined> {
  const [row] = await db.query<RoomStandings>(readMembershipsStatement, [roomId, userIds]);
  return row;
}

const readStandingsStatement = {
  name: 'read_standings',
  text: `
    select m.room_id as "roomId", m.user_id as "userId",
      json_build_object('joinedAt', m.joined_at_rev, 'shownFrom', shown_from(r, m, m.user_id),
        'may', granted_to(r, m, m.user_id)) as standing
    from unnest($1::uuid[], $2::uuid[]) as asked (room_id, user_id)
    join memberships m on m.room_id = asked.room_id and m.user_id = asked.user_id and not m.banned
    join rooms r on r.id = m.room_id and r.closed_at is null`,
};

/** The current standings of these members; former members are left out. */
export async function readStandings(
  db: Database,
  asked: readonly {roomId: string; userId: string}[],
): Promise<{roomId: string; userId: string; standing: RuledStanding}[]> {
  return db.query(readStandingsStatement, [asked.map(({roomId}) => roomId), asked.map(({userId}) => userId)]);
}

const listMyRoomsStatement = {
  name: 'list_my_rooms',
  // The limit applies before the states are read: counting unread messages is the expensive part.
  text: `
    select read_state(mine.room_id, $1) as state, mine.active_at::text as "activeAt" from (
      select m.room_id, r.active_at from memberships m join rooms r on r.id = m.room_id
      where m.user_id = $1 and not m.banned and r.closed_at is null and m.room_id <> all ($2::uuid[])
        and ($4::timestamptz is null or r.active_at < $4 or (r.active_at = $4 and r.id > $5::uuid))
      order by r.active_at desc, r.id
      limit $3 + 1
    ) mine
    order by mine.active_at desc, mine.room_id`,
};

/**
 * Lists the open rooms of a user by latest activity, without those in `exclude`.
 *
 * `next` continues below this page. A room that becomes active meanwhile moves above it: a caller that must see every
 * room excludes the rooms it has seen instead.
 */
export async function listMyRooms(
  db: Database,
  page: {userId: string; exclude?: readonly string[]; after?: string; limit: number},
): Promise<{rooms: StateRead[]; more: boolean; next?: string}> {
  const {userId, exclude = [], after, limit} = page;
  const [activeAt, id] = after === undefined ? [] : decodeCursor(after, 2);
  const values = [userId, exclude, limit, activeAt, id];
  const rows = await db.query<{state: StateRead; activeAt: string}>(listMyRoomsStatement, values);
  const last = rows[limit - 1];
  const more = rows.length > limit;
  return {
    rooms: rows.slice(0, limit).map(({state}) => state),
    more,
    ...(more && last ? {next: encodeCursor([last.activeAt, last.state.room.id])} : {}),
  };
}

export type EndedRoom = {roomId: string; leftAt: number; reason: LeaveReason};

const endedRoomsStatement = {name: 'ended_rooms', text: 'select ended_rooms($1, $2::uuid[]) as ended'};

/** Returns which of these rooms the user is not in, since when and why. An unknown room counts as removed at 0. */
export async function endedRooms(
  db: Database,
  {userId, roomIds}: {userId: string; roomIds: readonly string[]},
): Promise<EndedRoom[]> {
  const [row] = await db.query<{ended: EndedRoom[]}>(endedRoomsStatement, [userId, roomIds]);
  return row!.ended;
}
