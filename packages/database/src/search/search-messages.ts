/** Search: chunks say where to look, and the folded texts decide. search.sql reads what may be found. */
import {setImmediate} from 'node:timers/promises';
import {limits} from '@madang/protocol/limits';
import type {Message} from '@madang/protocol/messages';
import type {SearchMessagesInput, SearchMessagesResult} from '@madang/protocol/search';
import type {Database} from '../connections/pool.ts';
import {decodeCursor, encodeCursor} from '../cursors.ts';
import type {Reader} from '../rooms/membership.ts';
import {readQuery, type Query} from './query.ts';
import type {SearchedMessage} from './terms.ts';

/** Chunks that one call looks into, and messages that it reads because no chunk speaks for them yet. */
const mostChunks = 32;
const mostUnchunked = 2_000;

type Candidate = SearchedMessage & {seq: number; at: string; chunk?: number};
type Chunk = {roomId: string; fromSeq: number; at: string};
type Found = {
  chunks: Chunk[];
  more: boolean;
  /** Of the chunks, in their order; of each chunk the newest first. */
  messages: Candidate[];
  unchunked: Candidate[];
  isCut: boolean;
  unsearchedAt: string | null;
  now: string;
};

/** Where a search goes on: at a chunk, of which the messages below a seq are left, or among what is in no chunk. */
type Place = {kind: 'chunks' | 'unchunked'; at: string; roomId: string; seq: number; below: number};

const searchStatement = {
  name: 'search_messages',
  text: `
    select search_messages($1, $2, $3, $4, $5::int[], $6, $7::timestamptz, $8::timestamptz, $9, $10::timestamptz, $11,
      $12, $13, $14, $15) as found`,
};

/**
 * Finds messages that the reader is shown now, about the newest first. Whatever was acknowledged before is found. Between two
 * pages no message is passed over; one that is being taken into a chunk meanwhile may come twice.
 */
export async function searchMessages(
  db: Database,
  reader: Reader & {tenantId: string},
  input: SearchMessagesInput,
): Promise<SearchMessagesResult> {
  const query = readQuery(reader.tenantId, input);
  const place = input.after === undefined ? undefined : readPlace(input.after);
  const found = await find(db, reader, input, query, place);
  const {hits, isAll} = await pick(inOrder(found, place), query);
  const messages = await readHits(db, reader, query, hits);
  const shown = messages.filter((message) => message !== undefined);
  const isWhole = isAll && messages.length === hits.length;
  const next = isWhole ? afterAll(found) : placeOf(hits[messages.length - 1]!, found);
  return {
    hits: shown.toSorted((one, other) => other.createdAt.localeCompare(one.createdAt) || other.seq - one.seq),
    searchedTo: searchedTo(found, next, input),
    ...(next && {next: writePlace(next)}),
  };
}

async function find(
  db: Database,
  {userId, actorId = userId, readsAlong = false}: Reader,
  {roomId, from, since, until}: SearchMessagesInput,
  {terms}: Query,
  place: Place | undefined,
): Promise<Found> {
  const chunk = place?.kind === 'chunks' ? place : undefined;
  const [row] = await db.query<{found: Found}>(searchStatement, [
    userId,
    actorId,
    readsAlong,
    roomId ?? null,
    `{${terms.join()}}`,
    from ?? null,
    since ?? null,
    until ?? null,
    chunk === undefined,
    chunk?.at ?? null,
    chunk?.roomId ?? null,
    chunk?.seq ?? null,
    chunk?.below ?? 0,
    mostChunks,
    mostUnchunked,
  ]);
  return row!.found;
}

/** What may be found, in the order in which pages show it: what is in no chunk yet, then chunk by chunk. */
function inOrder({unchunked, messages}: Found, place: Place | undefined): Candidate[] {
  const first = unchunked.toSorted(compare).filter((each) => !place || compare(each, place) > 0);
  return [...first, ...messages];
}

/** Messages that are compared before others of this node have a turn: about two milliseconds. */
const sliceMessages = 128;

/** Compares texts until the page is full. */
async function pick(
  candidates: readonly Candidate[],
  query: Query,
): Promise<{hits: Candidate[]; isAll: boolean}> {
  const hits: Candidate[] = [];
  // A message that was edited a moment ago is also in its chunk.
  const seen = new Set<string>();
  for (const [no, candidate] of candidates.entries()) {
    if (no % sliceMessages === sliceMessages - 1) await setImmediate();
    const key = `${candidate.roomId} ${candidate.seq}`;
    if (seen.has(key) || !query.finds(candidate)) continue;
    if (hits.length === limits.searchHits) return {hits, isAll: false};
    seen.add(key);
    hits.push(candidate);
  }
  return {hits, isAll: true};
}

type Ordered = {at: string; roomId: string; seq: number};

/** The newest first. */
function compare(one: Ordered, other: Ordered): number {
  return (
    Date.parse(other.at) - Date.parse(one.at) || other.roomId.localeCompare(one.roomId) || other.seq - one.seq
  );
}

const readStatement = {
  name: 'read_hits',
  text: 'select read_hits($1, $2, $3, $4::uuid[], $5::bigint[]) as messages',
};

/**
 * Reads hits as the reader may see them at this moment, up to the size of an answer: undefined for one that is no hit any
 * more.
 */
async function readHits(
  db: Database,
  {userId, actorId = userId, readsAlong = false}: Reader,
  query: Query,
  hits: readonly Candidate[],
): Promise<(Message | undefined)[]> {
  if (hits.length === 0) return [];
  const [row] = await db.query<{messages: Message[]}>(readStatement, [
    userId,
    actorId,
    readsAlong,
    hits.map(({roomId}) => roomId),
    hits.map(({seq}) => seq),
  ]);
  const read = new Map(row!.messages.map((message) => [`${message.roomId} ${message.seq}`, message]));
  const messages: (Message | undefined)[] = [];
  let bytes = 0;
  for (const {roomId, seq} of hits) {
    const message = read.get(`${roomId} ${seq}`);
    bytes += message ? Buffer.byteLength(JSON.stringify(message)) : 0;
    if (bytes > limits.syncBytes && messages.length > 0) break;
    messages.push(message && query.finds(asSearched(message)) ? message : undefined);
  }
  return messages;
}

function asSearched({roomId, sender, text, attachments, files}: Message): SearchedMessage {
  return {
    roomId,
    senderId: sender.id,
    text,
    hasImages: attachments.length > 0,
    hasFiles: files !== undefined && files.length > 0,
  };
}

/** Where the page after all of these chunks begins. */
function afterAll({chunks, more}: Found): Place | undefined {
  const last = chunks.at(-1);
  if (!more || !last) return undefined;
  return {kind: 'chunks', at: last.at, roomId: last.roomId, seq: last.fromSeq, below: 0};
}

/** Where the page after this hit begins. */
function placeOf({chunk, roomId, seq, at}: Candidate, {chunks}: Found): Place {
  if (chunk === undefined) return {kind: 'unchunked', at, roomId, seq, below: 0};
  const {fromSeq, at: chunkAt} = chunks[chunk]!;
  return {kind: 'chunks', at: chunkAt, roomId, seq: fromSeq, below: seq};
}

/** What is newer than this was searched; without a next page also what is at it. */
function searchedTo(
  {isCut, unsearchedAt, now}: Found,
  next: Place | undefined,
  {since}: SearchMessagesInput,
): string {
  const isBefore = isCut || next?.kind === 'unchunked';
  const left = [since ?? '1970-01-01T00:00:00.000Z', next?.at, isBefore ? now : undefined, unsearchedAt];
  const times = left.filter((time) => typeof time === 'string').map((time) => Date.parse(time));
  return new Date(Math.max(...times)).toISOString();
}

function writePlace({kind, at, roomId, seq, below}: Place): string {
  return encodeCursor([kind, at, roomId, String(seq), String(below)]);
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Throws `invalid` for anything that writePlace did not make. */
function readPlace(after: string): Place {
  const [kind, at, roomId, seq, below] = decodeCursor(after, 5);
  const numbers = [seq, below].map(Number);
  const isPlace =
    (kind === 'chunks' || kind === 'unchunked') &&
    !Number.isNaN(Date.parse(at!)) &&
    uuid.test(roomId!) &&
    numbers.every((number) => Number.isSafeInteger(number) && number >= 0);
  // Refused like any cursor that is none.
  if (!isPlace) decodeCursor('', 5);
  return {kind: kind as Place['kind'], at: at!, roomId: roomId!, seq: numbers[0]!, below: numbers[1]!};
}
