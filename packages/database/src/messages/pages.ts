/**
 * Pages of a room's history that do not begin at its end: around a message, after one, of the pinned messages and of a
 * thread. Each shows what listMessages would, newest first and within its bytes.
 */
import {limits} from '@madang/protocol/limits';
import type {ListMessagesResult, Message} from '@madang/protocol/messages';
import type {Database} from '../connections/pool.ts';
import type {Reading} from '../rooms/membership.ts';
import {listedMessage} from './messages.ts';

type Page = {messages: Message[]; more: boolean; moreAfter: boolean};

const visible = 'room_id = $1 and seq >= (select shown_from_to($1, $5, $6))';

/**
 * Both sides of the seq $2, the nearest first. With $7, the page grows on both sides in turn; otherwise only upwards, and
 * the other side says whether there is something. As in listMessages, the text's length alone excludes what cannot fit.
 */
const listNearStatement = {
  name: 'list_messages_near',
  text: `
    with newer as (
      select m, false as is_older, row_number() over (order by seq) as rank from messages m
      where ${visible} and seq >= $2
      order by seq limit $3::int + 1
    ), older as (
      select m, true as is_older, row_number() over (order by seq desc) as rank from messages m
      where ${visible} and seq < $2
      order by seq desc limit case when $7::boolean then $3::int + 1 else 1 end
    ), nearest as (
      select m, is_older, row_number() over (order by rank, is_older) as place
      from (select * from newer union all select * from older where $7) side
    ), likely as (
      select m, is_older, place, sum(octet_length((m).text)) over (order by place) as bytes from nearest
    ), measured as (
      select (m).seq, is_older, message, sum(octet_length(message::text)) over (order by place) as bytes
      from likely, lateral (select ${listedMessage} as message offset 0) listed
      where place <= $3 and bytes <= $4
    )
    select coalesce(json_agg(message order by seq desc), '[]') as messages,
      (select count(*) from older) > count(*) filter (where is_older) as more,
      (select count(*) from newer) > count(*) filter (where not is_older) as "moreAfter"
    from measured where bytes <= $4`,
};

/** A room has few pinned messages, so their index finds all of them; without it the room would be read. */
const listPinnedStatement = {
  name: 'list_pinned_messages',
  text: `
    with pinned as materialized (
      select m from messages m where room_id = $1 and pinned_at is not null
    ), newest as (
      select m, row_number() over (order by (m).seq desc) as place from pinned
      where (m).seq < coalesce($2, 9223372036854775807) and (m).seq >= (select shown_from_to($1, $5, $6))
    ), measured as (
      select (m).seq, place, message, sum(octet_length(message::text)) over (order by place) as bytes
      from newest, lateral (select ${listedMessage} as message offset 0) listed
    )
    select coalesce(json_agg(message order by seq desc) filter (where place <= $3 and bytes <= $4), '[]') as messages,
      count(*) filter (where place > $3 or bytes > $4) > 0 as more
    from measured`,
};

/** The order has both columns, so that only the index of threads serves it. */
const listThreadStatement = {
  name: 'list_thread',
  text: `
    with newest as (
      select m, row_number() over (order by seq desc) as place from messages m
      where ${visible} and seq < coalesce($2, 9223372036854775807) and thread_of >= $7::bigint and thread_of <= $7
      order by thread_of desc, seq desc
      limit $3::int + 1
    ), measured as (
      select (m).seq, place, message, sum(octet_length(message::text)) over (order by place) as bytes
      from newest, wire_message_to(m, $5) as message
    )
    select coalesce(json_agg(message order by seq desc) filter (where place <= $3 and bytes <= $4), '[]') as messages,
      count(*) filter (where place > $3 or bytes > $4) > 0 as more
    from measured`,
};

/** The messages at and around a seq: as many on both sides or, where one side ends, more on the other. */
export function listAround(
  db: Database,
  reading: Reading,
  {around, limit}: {around: number; limit: number},
): Promise<ListMessagesResult> {
  return read(db, listNearStatement, reading, [around, limit], [true]);
}

/** The first messages above a seq. */
export function listAfter(
  db: Database,
  reading: Reading,
  {after, limit}: {after: number; limit: number},
): Promise<ListMessagesResult> {
  return read(db, listNearStatement, reading, [after + 1, limit], [false]);
}

/** The pinned messages below `before`. */
export function listPinned(
  db: Database,
  reading: Reading,
  {before, limit}: {before?: number; limit: number},
): Promise<ListMessagesResult> {
  return read(db, listPinnedStatement, reading, [before, limit]);
}

/** The replies of a thread below `before`. */
export function listThread(
  db: Database,
  reading: Reading,
  {threadOf, before, limit}: {threadOf: number; before?: number; limit: number},
): Promise<ListMessagesResult> {
  return read(db, listThreadStatement, reading, [before, limit], [threadOf]);
}

async function read(
  db: Database,
  statement: {name: string; text: string},
  {roomId, userId, actorId = userId}: Reading,
  place: [seq: number | undefined, limit: number],
  rest: unknown[] = [],
): Promise<ListMessagesResult> {
  const values = [roomId, ...place, limits.syncBytes, userId, actorId, ...rest];
  const [row] = await db.query<Page>(statement, values);
  return row!;
}
