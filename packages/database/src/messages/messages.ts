import type {Frame} from '@madang/protocol/log';
import {limits} from '@madang/protocol/limits';
import type {ChangeMessageResult, ListMessagesResult, Message} from '@madang/protocol/messages';
import type {MarkReadResult} from '@madang/protocol/presence';
import type {Management, Membership, Reading} from '../rooms/membership.ts';
import {acting, actingValues, type Acting} from '../operator/audit.ts';
import {call, type Database} from '../connections/pool.ts';

const editMessageStatement = {
  name: 'revise_message',
  text: 'select revise_message($1, $2, $3, $4) as answer',
};

/** Changes text and data of one's own message: it keeps its seq and gets a new rev; null removes the data. */
export function editMessage(
  db: Database,
  {roomId, userId, actorId}: Membership & {actorId?: string},
  {seq, ...patch}: {seq: number; text?: string; data?: Record<string, unknown> | null},
): Promise<ChangeMessageResult & {frame: Frame}> {
  return call(db, editMessageStatement, [roomId, userId, seq, JSON.stringify({...patch, actorId})]);
}

const deleteMessageStatement = acting(
  {name: 'remove_message', text: 'select remove_message($1, $2, $3, $4) as answer'},
  4,
);

/**
 * Empties a message: one's own, or anyone's as moderator, owner or service. A repeat returns the first rev, without a
 * frame. If a service calls as the user, `actorId` is the service, whose grants count.
 */
export function deleteMessage(
  db: Database,
  {roomId, userId, actorId = userId}: Management & {actorId?: string},
  {seq, reason}: {seq: number; reason?: string | undefined},
  by?: Acting,
): Promise<ChangeMessageResult & {frame?: Frame}> {
  const values = [roomId, userId, actorId, seq, ...actingValues(by, {seq, reason})];
  return call(db, deleteMessageStatement, values);
}

/**
 * The message `m` for the reader $5, with its thread if it has replies. Few messages have any: one look at the index of threads
 * says for the page which the newest with replies is, and only older ones are looked up. The orders keep to that index.
 */
export const listedMessage = `
  case when (m).thread_of is null and (m).seq <= (
      select reply.thread_of from messages reply where reply.room_id = $1 and reply.thread_of >= 0
      order by reply.thread_of desc, reply.seq desc limit 1)
    and (
      select reply.seq from messages reply
      where reply.room_id = $1 and reply.thread_of >= (m).seq and reply.thread_of <= (m).seq
      order by reply.thread_of desc, reply.seq desc limit 1) is not null
    then wire_listed_message(m, $5) else wire_message_to(m, $5) end`;

const listMessagesStatement = {
  name: 'list_messages',
  // The text's length alone cheaply excludes what cannot fit; only the rest is converted to JSON and measured.
  text: `
    with newest as (
      select m from messages m
      where room_id = $1 and seq < coalesce($2, 9223372036854775807)
        and seq >= (select shown_from_to($1, $5, $6))
      order by seq desc
      limit $3 + 1
    ), likely as (
      select m, count(*) over () as found, row_number() over newest_first as place,
        sum(octet_length((m).text)) over newest_first as bytes
      from newest window newest_first as (order by (m).seq desc)
    ), measured as (
      select (m).seq, message, found, sum(octet_length(message::text)) over (order by (m).seq desc) as bytes
      from likely, lateral (select ${listedMessage} as message offset 0) listed
      where place <= $3 and bytes <= $4
    )
    select message, found from measured where bytes <= $4 order by seq desc`,
};

/**
 * Reads the room's history below `before`, newest first, as far as the reader may see it. A page of long messages is
 * shorter than `limit`: one answer must pass a slow line while others wait for theirs.
 */
export async function listMessages(
  db: Database,
  {roomId, userId, actorId = userId}: Reading,
  {before, limit}: {before?: number; limit: number},
): Promise<ListMessagesResult> {
  const rows = await db.query<{message: Message; found: number}>(listMessagesStatement, [
    roomId,
    before,
    limit,
    limits.syncBytes,
    userId,
    actorId,
  ]);
  const found = rows[0]?.found ?? 0;
  return {messages: rows.map(({message}) => message), more: found > rows.length};
}

const markReadStatement = {name: 'mark_read', text: 'select mark_read($1, $2, $3) as answer'};
const markUnreadStatement = {name: 'mark_unread', text: 'select mark_unread($1, $2, $3) as answer'};

/** A mark, and how many inbox items it has read. */
export type Marked = MarkReadResult & {items: number};

/** Moves the read mark, never backwards and never above head. Reads the room's inbox items below it. */
export function markRead(db: Database, {roomId, userId}: Membership, {seq}: {seq: number}): Promise<Marked> {
  return call(db, markReadStatement, [roomId, userId, seq]);
}

/** Makes a message the first unread one, unless an earlier one is. */
export function markUnread(
  db: Database,
  {roomId, userId}: Membership,
  {seq}: {seq: number},
): Promise<Marked> {
  return call(db, markUnreadStatement, [roomId, userId, seq]);
}

const countUnreadStatement = {
  name: 'count_unread',
  text: `
    select count_unread(room_id, user_id, read_seq) as unread from memberships
    where room_id = $1 and user_id = $2 and not banned`,
};

/** Counts the messages that a member has not read; 100 stands for 99+. */
export async function countUnread(
  db: Database,
  {roomId, userId}: {roomId: string; userId: string},
): Promise<number> {
  const [row] = await db.query<{unread: number}>(countUnreadStatement, [roomId, userId]);
  return row?.unread ?? 0;
}
