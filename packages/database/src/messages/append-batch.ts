import {ChatError, type ErrorCode} from '@madang/protocol/errors';
import type {Entry, Frame} from '@madang/protocol/log';
import type {Attachment, Message, SendMessageResult} from '@madang/protocol/messages';
import type {Call, Connection} from '../connections/connection.ts';
import {splitFrame} from './split-frame.ts';

/** A message to be stored. The sender is signed in; SQL decides everything else about their right to send. */
export type AppendItem = {
  tenantId: string;
  roomId: string;
  senderId: string;
  /** The sender as readers will always see them with this message. */
  sender: Message['sender'];
  clientId: string;
  text: string;
  replyTo?: number;
  /** The root of the thread that it is in. */
  threadOf?: number;
  /** The product's own JSON object. */
  data?: Record<string, unknown>;
  kind?: Message['kind'];
  /** The service that calls as the sender. */
  via?: Message['via'];
  /** The users whom the text mentions, from findMentions. */
  mentions?: Message['mentions'];
  notify?: Message['notify'];
  /** The sender's own images that have not been sent. */
  attachmentIds?: readonly string[];
  /** performance.now() when the server received it: its deadline counts from there. */
  receivedAt: number;
};

export type AppendResult = SendMessageResult & {epoch: string; attachments?: Attachment[]};

/** The outcome of an item; `locked`: another transaction holds its room's lock, and nothing was decided. */
export type AppendOutcome = {result: AppendResult} | {refusal: ChatError} | 'locked';

type Row = {
  outcome:
    | 'stored'
    | 'duplicate'
    | 'locked'
    | 'muted'
    | 'slowed'
    | 'invalid_thread'
    | 'unattachable'
    | 'archived'
    | 'grant:send'
    | 'grant:data'
    | 'grant:attach'
    | 'quota:messages'
    | ErrorCode;
  seq: number;
  created_at: Date;
  epoch: string;
  muted_until: Date;
  attachments?: Attachment[] | null;
};

const storeMessages = {
  name: 'store_messages',
  text: `
    select outcome, seq, created_at, epoch, muted_until
    from store_messages($1::uuid[], $2, $3::int[], $4::uuid[], $5::uuid[], $6::jsonb[], $7::uuid[], $8::text[],
      $9::bigint[], $10::jsonb[], $11::text[])`,
};

const storeWithAttachments = {
  name: 'store_with_attachments',
  text: `
    select outcome, seq, created_at, epoch, muted_until, attachments
    from store_with_attachments($1::uuid[], $2, $3::int[], $4::uuid[], $5::uuid[], $6::jsonb[], $7::uuid[],
      $8::text[], $9::bigint[], $10::jsonb[], $11::text[], $12::text[])`,
};

/** Stores a batch in one call; returns one outcome per item, in order. Throws pg's error unchanged. */
export async function appendBatch(
  connection: Connection,
  items: readonly AppendItem[],
  {waitsForLocks, deadlineMs}: {waitsForLocks: boolean; deadlineMs: number},
): Promise<AppendOutcome[]> {
  const {statement, values} = toCall(items, {waitsForLocks});
  const rows = await connection.query<Row>(statement, values, deadlineMs);
  return rows.map(toOutcome);
}

/** The call that stores these items; without items it locks and stores nothing. */
export function toCall(items: readonly AppendItem[], {waitsForLocks}: {waitsForLocks: boolean}): Call {
  const roomNos = new Map<string, number>();
  for (const {roomId} of items) if (!roomNos.has(roomId)) roomNos.set(roomId, roomNos.size + 1);
  // The other function does more than this one: a batch without images does not pay for them.
  const hasAttachments = items.some(({attachmentIds}) => attachmentIds);
  return {
    statement: hasAttachments ? storeWithAttachments : storeMessages,
    values: [
      [...roomNos.keys()],
      waitsForLocks,
      items.map(({roomId}) => roomNos.get(roomId)),
      items.map(({tenantId}) => tenantId),
      items.map(({senderId}) => senderId),
      items.map(({sender}) => JSON.stringify(sender)),
      items.map(({clientId}) => clientId),
      items.map(({text}) => text),
      items.map(({replyTo}) => replyTo),
      items.some(hasPayload) ? items.map((item) => (hasPayload(item) ? payloadOf(item) : undefined)) : null,
      items.some(({kind}) => kind) ? items.map(({kind}) => kind) : null,
      ...(hasAttachments ? [items.map(({attachmentIds: ids}) => ids && `{${ids.join()}}`)] : []),
    ],
  };
}

function hasPayload({data, via, mentions, notify, threadOf}: AppendItem): boolean {
  return [data, via, mentions, notify, threadOf].some((value) => value !== undefined);
}

function payloadOf({data, via, mentions, notify, threadOf}: AppendItem): string {
  return JSON.stringify({data, via, mentions, notify, threadOf});
}

function toOutcome({outcome, seq, created_at, epoch, muted_until, attachments}: Row): AppendOutcome {
  switch (outcome) {
    case 'locked':
      return 'locked';
    case 'stored':
    case 'duplicate':
      // A retry gets the first result: the rev of that time, whatever edits followed.
      return {
        result: {
          seq,
          rev: seq,
          createdAt: created_at.toISOString(),
          duplicate: outcome === 'duplicate',
          epoch,
          ...(attachments ? {attachments} : {}),
        },
      };
    case 'muted':
      return {refusal: new ChatError('forbidden', {details: {mutedUntil: muted_until.toISOString()}})};
    case 'slowed':
      return {refusal: slowed(muted_until, created_at)};
    case 'grant:send':
    case 'grant:data':
    case 'grant:attach':
      return {refusal: new ChatError('forbidden', {details: {grant: outcome.slice('grant:'.length)}})};
    case 'quota:messages':
      return {
        refusal: new ChatError('forbidden', {
          message: 'The tenant has sent as many messages as its quota allows a day.',
          details: {quota: 'messages'},
        }),
      };
    case 'archived':
      return {refusal: new ChatError('forbidden', {details: {archived: true}})};
    case 'invalid':
      return {refusal: new ChatError('invalid', {message: 'replyTo: no such message in this room'})};
    case 'invalid_thread':
      return {
        refusal: new ChatError('invalid', {
          message: 'threadOf: no such message in this room, or one that is in a thread itself',
        }),
      };
    case 'unattachable':
      return {
        refusal: new ChatError('invalid', {
          message: 'attachmentIds: not yours, sent already, or no longer kept',
        }),
      };
    default:
      return {refusal: new ChatError(outcome)};
  }
}

/** Nothing was stored, and the same send is accepted at that time. Both times are the database's. */
function slowed(until: Date, now: Date): ChatError {
  return new ChatError('rate_limited', {
    message: 'The room is in slow mode: wait before you send the next message.',
    retryAfterMs: until.getTime() - now.getTime(),
    details: {slowedUntil: until.toISOString()},
  });
}

/** Makes the frames that bring a batch to its rooms: contiguous per room, of at most 64 KiB each. */
export function toFrames(items: readonly AppendItem[], outcomes: readonly AppendOutcome[]): Frame[] {
  const rooms = new Map<string, {epoch: string; entries: Entry[]}>();
  for (const [no, item] of items.entries()) {
    const outcome = outcomes[no]!;
    if (outcome === 'locked' || 'refusal' in outcome || outcome.result.duplicate) continue;
    const {epoch, seq, createdAt, attachments} = outcome.result;
    let room = rooms.get(item.roomId);
    if (room === undefined) rooms.set(item.roomId, (room = {epoch, entries: []}));
    room.entries.push({rev: seq, type: 'message', message: toMessage(item, seq, createdAt, attachments)});
  }
  return [...rooms].flatMap(([roomId, {epoch, entries}]) => splitFrame(roomId, epoch, entries));
}

function toMessage(
  item: AppendItem,
  seq: number,
  createdAt: string,
  attachments: Attachment[] = [],
): Message {
  const {
    roomId,
    clientId,
    sender,
    text,
    replyTo,
    threadOf,
    kind = 'text',
    data,
    via,
    mentions,
    notify,
  } = item;
  return {
    roomId,
    seq,
    rev: seq,
    clientId,
    sender,
    ...(via === undefined ? {} : {via}),
    kind,
    text,
    attachments,
    ...(replyTo === undefined ? {} : {replyTo}),
    ...(threadOf === undefined ? {} : {threadOf}),
    ...(mentions === undefined ? {} : {mentions}),
    ...(notify === undefined ? {} : {notify}),
    ...(data === undefined ? {} : {data}),
    createdAt,
  };
}
