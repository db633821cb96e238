import {ChatError} from '@madang/protocol/errors';
import {limits} from '@madang/protocol/limits';
import type {
  ListNotificationsResult,
  Notification,
  ReadNotificationsResult,
} from '@madang/protocol/notifications';
import {decodeCursor, encodeCursor} from '../cursors.ts';
import {newId} from '../ids.ts';
import {call, type Database} from '../connections/pool.ts';

export type NewNotifications = {
  tenantId: string;
  senderId: string;
  to: readonly string[];
  type: string;
  data: Record<string, unknown>;
  key?: string;
};

const notifyUsersStatement = {
  name: 'notify_users',
  text: 'select notify_users($1, $2, $3, $4, $5::uuid[], $6::uuid[], $7, $8) as answer',
};

/**
 * Notifies users, all of them or, with `not_found`, nobody. One call takes any number of users; a user named twice is
 * notified once. The same key of the same sender gets the first result, as long as notifications are kept.
 */
export function notifyUsers(
  db: Database,
  {tenantId, senderId, to, type, data, key}: NewNotifications,
): Promise<{ids: string[]; duplicate: boolean}> {
  const idOf = new Map(to.map((userId) => [userId, newId()]));
  const ids = to.map((userId) => idOf.get(userId));
  const values = [newId(), tenantId, senderId, key, to, ids, type, JSON.stringify(data)];
  return call(db, notifyUsersStatement, values);
}

/** Rows of a page that may be items which the user is not shown; beyond them the page ends early, and says where. */
const rowsLookedAt = 1_000;

const listNotificationsStatement = {
  name: 'list_notifications',
  text: `
    with newest as (
      select n.seq, n, b from notifications n join notification_batches b on b.id = n.batch_id
      where n.user_id = $1 and n.seq < coalesce($2, 9223372036854775807)
      order by n.seq desc
      limit ${rowsLookedAt}
    ), shown as (
      select seq, notification
      from newest cross join lateral (select wire_shown_notification(n, b) as notification offset 0) as wire
      where notification is not null
      order by seq desc
      limit $3 + 1
    ), measured as (
      select seq, notification, row_number() over (order by seq desc) as place,
        sum(octet_length(notification::text)) over (order by seq desc) as bytes
      from shown
    )
    select count_unread_notifications($1) as unread,
      (select coalesce(json_agg(json_build_object('seq', seq, 'notification', notification) order by seq desc), '[]')
        from measured where place <= $3 and bytes <= $4) as page,
      (select count(*) from shown) as found,
      case when (select count(*) from shown) <= $3 then
        (select case when count(*) = ${rowsLookedAt} then min(seq) end from newest) end as "lookedTo"`,
};

type ListRow = {
  unread: number;
  page: {seq: number; notification: Notification}[];
  found: number;
  /** The last row that was looked at, if there may be more. */
  lookedTo: number | null;
};

/**
 * Lists a user's notifications, newest first, and the unread number. A page of large ones is shorter than `limit`. Items
 * that the user is not shown any more are left out, so a page with a `next` may even be empty.
 */
export async function listNotifications(
  db: Database,
  {userId, after, limit}: {userId: string; after?: string; limit: number},
): Promise<ListNotificationsResult> {
  const before = after === undefined ? undefined : positionIn(after);
  const [row] = await db.query<ListRow>(listNotificationsStatement, [
    userId,
    before,
    limit,
    limits.syncBytes,
  ]);
  const {unread, page, found, lookedTo} = row!;
  const nextBelow = found > page.length ? page.at(-1)?.seq : lookedTo;
  return {
    notifications: page.map(({notification}) => notification),
    unread,
    ...(nextBelow ? {next: encodeCursor([`${nextBelow}`])} : {}),
  };
}

function positionIn(cursor: string): number {
  const [seq = ''] = decodeCursor(cursor, 1);
  if (!/^\d{1,15}$/.test(seq)) throw new ChatError('invalid', {message: 'after: not a cursor of this list'});
  return Number(seq);
}

const readNotificationsStatement = {
  name: 'read_notifications',
  text: 'select read_notifications($1, $2::uuid[], $3) as answer',
};

/** Marks these notifications of a user as read, or `upTo` and all before it. Ignores unknown `ids`. */
export function readNotifications(
  db: Database,
  {userId, ids, upTo}: {userId: string; ids?: readonly string[]; upTo?: string},
): Promise<ReadNotificationsResult & {changed: boolean}> {
  return call(db, readNotificationsStatement, [userId, ids, upTo]);
}

const findHead = {name: 'find_inbox_head', text: 'select head from inboxes where user_id = $1'};

/** The end of a user's inbox; 0 for a user who was never notified. */
export async function readInboxHead(db: Database, userId: string): Promise<number> {
  const [row] = await db.query<{head: number}>(findHead, [userId]);
  return row?.head ?? 0;
}

/** The news above a position in one inbox. If `created` is as long as requested, ask again from its last entry. */
export type InboxNews = {
  userId: string;
  head: number;
  unread: number;
  /** In order. */
  created: {seq: number; notification: Notification}[];
  /** Marked as read since, in order of their revs. */
  read: {rev: number; id: string}[];
  /** How many unread items there are now in each room whose items have changed, if any have. */
  mentions: Record<string, number> | null;
};

const readInboxesStatement = {
  name: 'read_inboxes',
  text: 'select read_inboxes($1::uuid[], $2::bigint[], $3) as news',
};

/** Reads what is new in many inboxes; leaves out inboxes without news. */
export async function readInboxes(
  db: Database,
  asked: readonly {userId: string; after: number}[],
  {limit}: {limit: number},
): Promise<InboxNews[]> {
  const [row] = await db.query<{news: InboxNews[]}>(readInboxesStatement, [
    asked.map(({userId}) => userId),
    asked.map(({after}) => after),
    limit,
  ]);
  return row!.news;
}
