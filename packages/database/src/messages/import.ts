/** Past messages: imported by a product, and read back. */
import type {ExportLine, ImportMessagesInput, Message, SendMessageResult} from '@madang/protocol/messages';
import {acting, actingValues, type Acting} from '../operator/audit.ts';
import type {Management, Reader} from '../rooms/membership.ts';
import {listMembers} from '../rooms/members.ts';
import type {ChangedRoom} from '../rooms/rooms.ts';
import {call, type Database} from '../connections/pool.ts';

const importStatement = {name: 'import_messages', text: 'select import_messages($1, $2, $3) as answer'};

/**
 * Stores messages in an archived room with their own times, each once. Stores all of them or, if one is refused, none.
 * `head` is the head of the log afterwards.
 */
export function importMessages(
  db: Database,
  {roomId, userId}: Management,
  messages: ImportMessagesInput['messages'],
): Promise<{head: number; results: SendMessageResult[]}> {
  return call(db, importStatement, [roomId, userId, JSON.stringify(messages)]);
}

const readStatement = {
  name: 'read_messages_at',
  text: 'select read_messages_at($1, $2, $3, $4::uuid[], $5::bigint[]) as messages',
};

/** The messages at these places that the reader may read, in the order given. */
export async function readMessages(
  db: Database,
  {tenantId, userId, actorId = userId}: Reader & {tenantId: string},
  at: readonly {roomId: string; seq: number}[],
): Promise<Message[]> {
  const [roomIds, seqs] = [at.map(({roomId}) => roomId), at.map(({seq}) => seq)];
  const [row] = await db.query<{messages: Message[]}>(readStatement, [
    tenantId,
    userId,
    actorId,
    roomIds,
    seqs,
  ]);
  return row!.messages;
}

const beginExport = acting({name: 'begin_export', text: 'select begin_export($1, $2, $3) as answer'}, 3);
const exportPage = {
  name: 'export_page',
  text: `
    select wire_message(m) as message from messages m
    where m.room_id = $1 and m.seq > $2 and m.seq >= coalesce((select first_seq from rooms where id = $1), 0)
    order by m.seq limit $3`,
};
const pageItems = 200;

/**
 * Exports a whole room as lines: the room, its members, its messages by seq, and the end. Each page has the state when
 * it is read. Rejects before the first line if the reader may not read the room.
 */
export async function exportRoom(
  {db, filesDb}: {db: Database; filesDb: Database},
  {tenantId, roomId, userId}: {tenantId: string; roomId: string; userId: string},
  by?: Acting,
): Promise<AsyncGenerator<ExportLine>> {
  const {room, externalId} = await call<ChangedRoom>(db, beginExport, [
    tenantId,
    roomId,
    userId,
    ...actingValues(by),
  ]);
  return linesOf(filesDb, roomId, {
    type: 'room',
    room: externalId === undefined ? room : {...room, externalId},
  });
}

async function* linesOf(db: Database, roomId: string, first: ExportLine): AsyncGenerator<ExportLine> {
  yield first;
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const page = await listMembers(db, {roomId, after, limit: pageItems});
    for (const member of page.members) yield {type: 'member', member};
    after = page.next;
  }
  let messages = 0;
  for (let after = 0, more = true; more;) {
    const rows = await db.query<{message: Message}>(exportPage, [roomId, after, pageItems]);
    for (const {message} of rows) yield {type: 'message', message};
    messages += rows.length;
    after = rows.at(-1)?.message.seq ?? after;
    more = rows.length === pageItems;
  }
  yield {type: 'end', messages};
}
