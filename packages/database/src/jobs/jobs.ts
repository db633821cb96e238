import type {Frame} from '@madang/protocol/log';
import type {Room} from '@madang/protocol/rooms';
import {call, type Database, type Statement} from '../connections/pool.ts';
import {toChatError} from '../connections/sqlstate.ts';

// Any number that the migrations do not use for their lock.
const jobLocks = 7_243_001;

const tryLock = {name: '', text: `select pg_try_advisory_lock(${jobLocks}, hashtext($1)) as locked`};

/**
 * Runs a job unless another process is running it; returns whether it ran.
 *
 * The lock belongs to a separate connection. If that connection breaks, two processes may briefly run the job at the
 * same time. That does no harm: each call checks again under the room's lock.
 */
export async function tryJob(db: Database, name: string, run: () => Promise<void>): Promise<boolean> {
  const connection = await db.connect({name: 'job'}).catch((error: unknown) => {
    throw toChatError(error);
  });
  try {
    const [row] = await connection.query<{locked: boolean}>(tryLock, [name], 900);
    if (!row!.locked) return false;
    await run();
    return true;
  } catch (error) {
    throw toChatError(error);
  } finally {
    connection.destroy();
  }
}

type Candidate = {room_id: string; user_id: string};

const listDeparted = {
  name: 'list_departed',
  text: `select * from list_departed(clock_ms() - $1 * interval '1 millisecond', $2)`,
};
const endDeparted = {
  name: 'end_departed',
  text: `select end_departed($1, $2, clock_ms() - $3 * interval '1 millisecond') as answer`,
};

/**
 * Ends memberships of ephemeral rooms whose users have had no connection on any living node for the grace period.
 *
 * Wait for a lease plus the grace period after the first successful query, and again after every outage of Postgres:
 * until then a node that could not renew its lease looks dead.
 */
export async function endDepartedMembers(
  db: Database,
  {graceMs, limit = 500}: {graceMs: number; limit?: number},
): Promise<Frame[]> {
  const departed = await db.query<Candidate>(listDeparted, [graceMs, limit]);
  return endEach(db, endDeparted, departed, [graceMs]);
}

const listEmpty = {
  name: 'list_empty_rooms',
  text: `
    select id as room_id from rooms
    where ephemeral and closed_at is null and emptied_at <= clock_ms() - $1 * interval '1 millisecond'
    limit 500`,
};
const closeEmpty = {
  name: 'close_empty_room',
  text: `select close_empty_room($1, clock_ms() - $2 * interval '1 millisecond') as answer`,
};

/** Closes ephemeral rooms that have been without members for a while. */
export async function closeEmptyRooms(
  db: Database,
  {afterMs}: {afterMs: number},
): Promise<{room: Room; frame: Frame}[]> {
  const closed: {room: Room; frame: Frame}[] = [];
  for (const {room_id} of await db.query<{room_id: string}>(listEmpty, [afterMs])) {
    const room = await call<{room: Room; frame: Frame} | null>(db, closeEmpty, [room_id, afterMs]);
    if (room !== null) closed.push(room);
  }
  return closed;
}

const listGoneMembers = {name: 'list_gone_members', text: 'select * from list_gone_members($1)'};
const listGoneSenders = {name: 'list_gone_senders', text: 'select * from list_gone_senders($1)'};
const endGone = {name: 'end_gone_membership', text: 'select end_gone_membership($1, $2) as answer'};

/** Ends, room by room, the memberships of users who were deleted. */
export async function endMembershipsOfDeletedUsers(db: Database, {limit}: {limit: number}): Promise<Frame[]> {
  return endEach(db, endGone, await db.query<Candidate>(listGoneMembers, [limit]), []);
}

const eraseGone = {name: 'erase_gone_messages', text: 'select erase_gone_messages($1, $2, $3) as erased'};
/** For one room at once: its senders wait meanwhile. */
const erasedAtOnce = 300;
const finishGone = {name: 'finish_gone_users', text: 'select finish_gone_users()'};

/**
 * Erases the messages of deleted users, a piece of each room, then marks as erased the users of whom nothing is left.
 * Returns how many messages it erased. In open rooms these are entries of the log.
 */
export async function blankGoneUsers(db: Database, {limit}: {limit: number}): Promise<number> {
  let erased = 0;
  for (const {room_id, user_id} of await db.query<Candidate>(listGoneSenders, [limit])) {
    const [row] = await db.query<{erased: number}>(eraseGone, [room_id, user_id, erasedAtOnce]);
    erased += row!.erased;
  }
  await db.query(finishGone);
  return erased;
}

/** Rooms are processed one at a time: no transaction locks many rooms. */
async function endEach(
  db: Database,
  statement: Statement,
  candidates: readonly Candidate[],
  further: readonly unknown[],
): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (const {room_id, user_id} of candidates) {
    const frame = await call<Frame | null>(db, statement, [room_id, user_id, ...further]);
    if (frame !== null) frames.push(frame);
  }
  return frames;
}

const blankClosed = {
  name: 'blank_closed_room',
  text: `select blank_closed_room($1, clock_ms() - $2 * interval '1 millisecond') as blanked`,
};

/** Blanks up to `limit` messages of a closed room; 0 if there is nothing left to blank in any room. */
export async function blankClosedRooms(
  db: Database,
  {limit, afterMs = 0}: {limit: number; afterMs?: number},
): Promise<number> {
  const [row] = await db.query<{blanked: number}>(blankClosed, [limit, afterMs]);
  return row!.blanked;
}

const expireStatement = {name: 'expire_messages', text: 'select expire_messages($1, $2) as next'};

/**
 * Removes messages that their rooms have kept for long enough, in the next `limit` rooms after `after`. Returns where
 * to continue, or undefined once all rooms were checked.
 */
export async function expireMessages(
  db: Database,
  {after, limit}: {after?: string | undefined; limit: number},
): Promise<string | undefined> {
  const [row] = await db.query<{next: string | null}>(expireStatement, [after, limit]);
  return row!.next ?? undefined;
}

const blankTruncated = {name: 'blank_truncated_room', text: 'select blank_truncated_room($1) as blanked'};

/** Blanks up to `limit` truncated messages of a room; 0 if there is nothing left to blank in any room. */
export async function blankTruncatedRooms(db: Database, {limit}: {limit: number}): Promise<number> {
  const [row] = await db.query<{blanked: number}>(blankTruncated, [limit]);
  return row!.blanked;
}

const deleteUnseen = {
  name: 'delete_unseen_guests',
  text: `
    select delete_user(id) from users
    where kind = 'guest' and deleted_at is null and seen_at < clock_ms() - $3 * interval '1 millisecond'
      and (seen_at < clock_ms() - $1 * interval '1 millisecond' or seen_at <= created_at)
    limit $2`,
};

/** Deletes guests who have not come back, and guests who never opened a socket; returns how many. */
export async function deleteUnseenGuests(
  db: Database,
  {unseenMs, neverSeenMs, limit}: {unseenMs: number; neverSeenMs: number; limit: number},
): Promise<number> {
  const rows = await db.query(deleteUnseen, [unseenMs, limit, neverSeenMs]);
  return rows.length;
}

const pruneSignalsStatement = {
  name: 'prune_signals',
  text: `
    with pruned as (
      delete from signals
      where at < clock_ms() - case kind when 'session' then $1::float8 else $2::float8 end * interval '1 millisecond'
        and (kind = 'session' or xact < (select min(xact) from move_marks))
      returning 1
    ) select count(*)::int as pruned from pruned`,
};

/**
 * Deletes signals. Session signals must outlive every session. The others also wait for the marks of pruneMoves, so
 * that every node has had time to see them.
 */
export async function pruneSignals(
  db: Database,
  {sessionKeepMs, otherKeepMs}: {sessionKeepMs: number; otherKeepMs: number},
): Promise<number> {
  const [row] = await db.query<{pruned: number}>(pruneSignalsStatement, [sessionKeepMs, otherKeepMs]);
  return row!.pruned;
}

const pruneMovesStatement = {name: 'prune_moves', text: 'select prune_moves($1, $2) as pruned'};

/** Deletes up to `limit` moves visible for `keepMs` in every snapshot. Each call inserts a mark, so call it often. */
export async function pruneMoves(
  db: Database,
  {keepMs, limit}: {keepMs: number; limit: number},
): Promise<number> {
  const [row] = await db.query<{pruned: number}>(pruneMovesStatement, [keepMs, limit]);
  return row!.pruned;
}

const pruneNotificationsStatement = {
  name: 'prune_notifications',
  text: `select prune_notifications(clock_ms() - $1 * interval '1 millisecond') as pruned`,
};

/** Deletes one batch of old notifications, whatever its number of recipients; 0 if none is left. */
export async function pruneNotifications(db: Database, {keepMs}: {keepMs: number}): Promise<number> {
  const [row] = await db.query<{pruned: number}>(pruneNotificationsStatement, [keepMs]);
  return row!.pruned;
}

const pruneNodesStatement = {
  name: 'prune_nodes',
  text: `
    with pruned as (
      delete from nodes where lease_until < clock_ms() - $1 * interval '1 millisecond' returning id
    ), forgotten as (
      delete from attendances where node_id in (select id from pruned)
    ) select count(*)::int as pruned from pruned`,
};

/** Deletes nodes whose lease ended long ago, and their records. */
export async function pruneNodes(db: Database, {expiredMs}: {expiredMs: number}): Promise<number> {
  const [row] = await db.query<{pruned: number}>(pruneNodesStatement, [expiredMs]);
  return row!.pruned;
}

const pruneTicketsStatement = {
  name: 'prune_tickets',
  text: `
    with pruned as (
      delete from tickets where expires_at < clock_ms() - $1 * interval '1 millisecond' returning 1
    ) select count(*)::int as pruned from pruned`,
};

/** Deletes tickets that nobody used. */
export async function pruneTickets(db: Database, {expiredMs}: {expiredMs: number}): Promise<number> {
  const [row] = await db.query<{pruned: number}>(pruneTicketsStatement, [expiredMs]);
  return row!.pruned;
}

const pruneInvitesStatement = {
  name: 'prune_invites',
  text: `
    with pruned as (
      delete from invites where id in (
        select id from invites where expires_at < clock_ms() - $1 * interval '1 millisecond'
        order by expires_at limit 1000) returning 1
    ) select count(*)::int as pruned from pruned`,
};

/** Deletes invites that expired so long ago. */
export async function pruneInvites(db: Database, {expiredMs}: {expiredMs: number}): Promise<number> {
  const [row] = await db.query<{pruned: number}>(pruneInvitesStatement, [expiredMs]);
  return row!.pruned;
}

const pruneReportsStatement = {
  name: 'prune_reports',
  text: `
    with pruned as (
      delete from reports where id in (
        select id from reports where created_at < clock_ms() - (select audit_days from cluster) * interval '1 day'
        limit 1000) returning 1
    ) select count(*)::int as pruned from pruned`,
};

/** Deletes reports that are as old as the audit log may be. */
export async function pruneReports(db: Database): Promise<number> {
  const [row] = await db.query<{pruned: number}>(pruneReportsStatement);
  return row!.pruned;
}
