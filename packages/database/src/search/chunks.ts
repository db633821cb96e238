/**
 * Chunks: what a search looks into. The projector writes them as rooms fill up; a job of the worker writes those of older
 * messages and of rooms that have gone quiet. search.sql says what holds for them.
 */
import type {Run} from '../jobs/numbered-moves.ts';
import {addTerms} from './terms.ts';

/** Messages in a chunk. */
export const chunkMessages = 64;
/** Messages of a room that become chunks in one transaction. */
const mostMessages = 32 * chunkMessages;
/** Chunks of a room that go in one transaction. */
const mostGone = 5_000;

type OfTenant = {tenantId: string; roomId: string};
type Read = {roomId: string; senderId: string; text: string; hasImages: boolean; hasFiles: boolean};
type NewMessage = Read & {seq: number; createdAt: string; isGone: boolean};
type Chunk = OfTenant & {fromSeq: number};

const lockStatement = {name: 'lock_chunks', text: 'select lock_chunks($1::uuid[], $2) as locked'};

/** Locks the chunks of these rooms until the transaction ends. */
export async function lockChunks(run: Run, rooms: readonly OfTenant[]): Promise<void> {
  await run(lockStatement, [idsOf(rooms), true]);
}

/** Brings the chunks of moved rooms up to date. The caller has locked them, and moves the projector afterwards. */
export async function projectChunks(run: Run, rooms: readonly OfTenant[]): Promise<void> {
  const tenants = new Map(rooms.map(({roomId, tenantId}) => [roomId, tenantId]));
  await run(deleteStatement, [idsOf(rooms), mostGone]);
  await changeChunks(run, tenants, idsOf(rooms));
  const messages = await run<NewMessage>(unchunkedStatement, [idsOf(rooms), chunkMessages, mostMessages]);
  await writeChunks(
    run,
    tenants,
    Array.from(Map.groupBy(messages, ({roomId}) => roomId).values(), (ofRoom) => split(ofRoom))
      .flat()
      .filter(({length}) => length === chunkMessages),
  );
}

const deleteStatement = {name: 'delete_gone_chunks', text: 'select delete_gone_chunks($1::uuid[], $2)'};
const columns = `room_id as "roomId", sender_id as "senderId", text, "hasImages", "hasFiles"`;
const unchunkedStatement = {
  name: 'list_unchunked',
  text: `select ${columns}, seq, created_at as "createdAt", "isGone" from list_unchunked($1::uuid[], $2, $3)`,
};
const belowStatement = {
  name: 'list_unchunked_below',
  text: `select ${columns}, seq, created_at as "createdAt", "isGone" from list_unchunked_below($1, $2)`,
};

function idsOf(rooms: readonly OfTenant[]): string[] {
  return rooms.map(({roomId}) => roomId);
}

/** The messages in pieces of a chunk; the last may be smaller. */
function split(messages: readonly NewMessage[]): NewMessage[][] {
  const count = Math.ceil(messages.length / chunkMessages);
  return Array.from({length: count}, (_, no) => messages.slice(no * chunkMessages, (no + 1) * chunkMessages));
}

const insertStatement = {
  name: 'insert_chunks',
  text: 'select insert_chunks($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[])',
};

/** Writes each piece of messages, the oldest first, as a chunk. */
async function writeChunks(
  run: Run,
  tenants: ReadonlyMap<string, string>,
  pieces: readonly NewMessage[][],
): Promise<void> {
  if (pieces.length === 0) return;
  await run(insertStatement, [
    pieces.map(([first]) => first!.roomId),
    pieces.map(([first]) => first!.seq),
    pieces.map((piece) => piece.at(-1)!.seq),
    pieces.map((piece) => piece.at(-1)!.createdAt),
    pieces.map((piece) => {
      const tenantId = tenants.get(piece[0]!.roomId)!;
      return termsOf(
        tenantId,
        piece.filter(({isGone}) => !isGone),
      );
    }),
  ]);
}

/** In the format in which Postgres reads an integer[]. */
function termsOf(tenantId: string, messages: readonly Read[]): string {
  const terms = new Set<number>();
  for (const message of messages) addTerms(terms, tenantId, message);
  return `{${[...terms].join()}}`;
}

const changedStatement = {
  name: 'list_changed',
  text: `select ${columns}, from_seq as "fromSeq", "isGone" from list_changed($1::uuid[])`,
};
const ofChunksStatement = {
  name: 'list_chunk_messages',
  text: `select ${columns}, from_seq as "fromSeq" from list_chunk_messages($1::uuid[], $2::bigint[])`,
};
const setStatement = {
  name: 'set_chunk_terms',
  text: 'select set_chunk_terms($1::uuid[], $2::bigint[], $3::text[], $4::boolean[])',
};

/** Adds the terms of edited messages, and computes the terms again of chunks in which a message was deleted. */
async function changeChunks(
  run: Run,
  tenants: ReadonlyMap<string, string>,
  roomIds: readonly string[],
): Promise<void> {
  type Changed = Read & {fromSeq: number};
  const changed = await run<Changed & {isGone: boolean}>(changedStatement, [roomIds]);
  if (changed.length === 0) return;
  const keyOf = ({roomId, fromSeq}: Pick<Changed, 'roomId' | 'fromSeq'>) => `${roomId} ${fromSeq}`;
  const chunks = new Map<string, Chunk>(
    changed.map((each) => [
      keyOf(each),
      {tenantId: tenants.get(each.roomId)!, roomId: each.roomId, fromSeq: each.fromSeq},
    ]),
  );
  const replaced = new Set(changed.filter(({isGone}) => isGone).map(keyOf));
  const reread = [...chunks].filter(([key]) => replaced.has(key)).map(([, chunk]) => chunk);
  const whole =
    reread.length === 0
      ? []
      : await run<Changed>(ofChunksStatement, [idsOf(reread), reread.map(({fromSeq}) => fromSeq)]);
  const messages = Map.groupBy([...changed.filter((each) => !replaced.has(keyOf(each))), ...whole], keyOf);
  const all = [...chunks];
  await run(setStatement, [
    all.map(([, {roomId}]) => roomId),
    all.map(([, {fromSeq}]) => fromSeq),
    all.map(([key, {tenantId}]) => termsOf(tenantId, messages.get(key) ?? [])),
    all.map(([key]) => replaced.has(key)),
  ]);
}

/**
 * Brings the chunks of one room a piece further, for what the projector leaves: messages older than this release, newest
 * first, and messages above the last chunk of a room that has been quiet since `quietBefore`. Returns how many messages
 * and chunks it dealt with; 0 if nothing is left, or the projector is at the room.
 */
export async function chunkRoom(
  run: Run,
  {tenantId, roomId, quietBefore}: OfTenant & {quietBefore: Date},
): Promise<number> {
  const [row] = await run<{locked: string[]}>(lockStatement, [[roomId], false]);
  if (row!.locked.length === 0) return 0;
  const tenants = new Map([[roomId, tenantId]]);
  const [gone] = await run<{count: number}>(countedDelete, [[roomId], mostGone]);
  if (gone!.count > 0) return gone!.count;
  const above = split(await run<NewMessage>(unchunkedStatement, [[roomId], 1, mostMessages])).filter(
    (piece) => piece.length === chunkMessages || new Date(piece[0]!.createdAt) < quietBefore,
  );
  if (above.length > 0) {
    await writeChunks(run, tenants, above);
    return above.flat().length;
  }
  const below = await run<NewMessage>(belowStatement, [roomId, mostMessages]);
  await writeChunks(
    run,
    tenants,
    split(below).map((piece) => piece.toReversed()),
  );
  return below.length;
}

const countedDelete = {
  name: 'count_gone_chunks',
  text: 'select delete_gone_chunks($1::uuid[], $2) as count',
};

const listRoomsStatement = {
  name: 'list_unchunked_rooms',
  text: 'select list_unchunked_rooms($1, $2, $3) as page',
};

/** Rooms for chunkRoom, of `limit` rooms above `after`. */
export async function listUnchunkedRooms(
  run: Run,
  {after, limit, quietBefore}: {after?: string | undefined; limit: number; quietBefore: Date},
): Promise<{due: OfTenant[]; next?: string | undefined}> {
  const [row] = await run<{page: {due: OfTenant[]; next: string | null}}>(listRoomsStatement, [
    after ?? null,
    limit,
    quietBefore,
  ]);
  const {due, next} = row!.page;
  return {due, next: next ?? undefined};
}
