/**
 * The answers of the functions in `packages/database/schema/functions` that read a room's log, without their limits on
 * bytes.
 */
import type {Annotations} from '@madang/protocol/annotations';
import type {Entry, Frame} from '@madang/protocol/log';
import type {Message} from '@madang/protocol/messages';
import type {Room} from '@madang/protocol/rooms';
import type {MemberRow, MessageRow, RoomRow, Tables} from './rows.ts';

export type Refusal = {refused: {code: string}};

export const wireEpoch = ({cluster, epoch}: RoomRow) => `${cluster.incarnation}.${epoch}`;

/** The annotations of a message as everybody gets them; with `mine` for a reader. */
export function annotationsOf({reactions, deletedAt}: MessageRow, readerId?: string): Annotations {
  const all = deletedAt === undefined ? [...(reactions ?? [])] : [];
  const shown = all
    .filter(([, userIds]) => userIds.length > 0)
    .map(([emoji, userIds]) => ({
      emoji,
      count: userIds.length,
      by: userIds.slice(0, 5),
      ...(readerId !== undefined && userIds.includes(readerId) ? ({mine: true} as const) : {}),
    }));
  return shown.length === 0 ? {} : {reactions: shown};
}

function wireMessage(room: RoomRow, row: MessageRow, readerId?: string): Message {
  const {seq, rev, clientId, sender, text, createdAt, editedAt, deletedAt} = row;
  const annotations = annotationsOf(row, readerId);
  return {
    roomId: room.id,
    seq,
    rev,
    clientId,
    sender,
    kind: 'text',
    text,
    attachments: [],
    ...(annotations.reactions ? {annotations} : {}),
    createdAt,
    ...(editedAt === undefined ? {} : {editedAt}),
    ...(deletedAt === undefined ? {} : {deletedAt}),
  };
}

export function wireRoom(room: RoomRow): Room {
  return {
    id: room.id,
    kind: 'room',
    title: room.title,
    visibility: 'public',
    rev: 0,
    ephemeral: false,
    memberCount: room.members.size,
  } as unknown as Room;
}

export function readLog(
  tables: Tables,
  room: RoomRow,
  after: number,
  limit: number,
  readerId?: string,
): Frame {
  const all = changesAbove(tables, room, after, readerId).sort((a, b) => a.rev - b.rev);
  const page = all.slice(0, limit);
  const more = page.length < all.length;
  const last = page.at(-1)?.rev ?? 0;
  const entries = page.filter(({rev, message}) => !message || message.rev === rev || message.rev > last);
  return {
    roomId: room.id,
    epoch: wireEpoch(room),
    after: Math.min(after, room.head),
    head: more ? last : room.head,
    entries,
    ...(more ? {more} : {}),
  };
}

function changesAbove({users}: Tables, room: RoomRow, after: number, readerId?: string): Entry[] {
  const entries: Entry[] = [];
  for (const row of room.messages) {
    if (row.rev <= after) continue;
    const type = row.rev === row.seq ? 'message' : row.deletedAt === undefined ? 'edit' : 'delete';
    const message = wireMessage(room, row, readerId);
    entries.push({rev: row.rev, type, message});
    const isEarly = readerId !== undefined && row.reactions !== undefined && row.deletedAt === undefined;
    if (isEarly && row.seq > after && row.rev !== row.seq)
      entries.push({rev: row.seq, type: 'message', message});
  }
  for (const {userId, leftAt, reason} of room.spans) {
    if (leftAt === undefined || leftAt <= after) continue;
    entries.push({rev: leftAt, type: 'left', user: users.get(userId)!, reason});
  }
  return entries;
}

export function readLogAsMember(
  tables: Tables,
  room: RoomRow,
  member: MemberRow,
  {epoch, after, limit}: {epoch: string | undefined; after: number; limit: number},
): Frame {
  const isOther = epoch !== undefined && epoch !== wireEpoch(room);
  if (isOther || after > room.head) {
    const {id: roomId, head} = room;
    return {roomId, epoch: wireEpoch(room), after: head, head, entries: [], reset: true};
  }
  if (after >= member.joinedAt - 1) return readLog(tables, room, after, limit, member.userId);
  return {...readLog(tables, room, member.joinedAt - 1, limit, member.userId), reset: true};
}

export function readState(room: RoomRow | undefined, userId: string) {
  const member = room?.members.get(userId);
  if (!room || !member) return null;
  const {role, joinedAt, readSeq} = member;
  const isUnread = ({seq, deletedAt, sender}: MessageRow) =>
    seq > readSeq && deletedAt === undefined && sender.id !== userId;
  return {
    room: wireRoom(room),
    membership: {role, joinedAt, readSeq, may: ['history']},
    epoch: wireEpoch(room),
    head: room.head,
    unread: room.messages.filter(isUnread).length,
  };
}

export function memberRefusal(room: RoomRow | undefined, member: MemberRow | undefined): Refusal | undefined {
  if (!room) return refuse('not_found');
  return member ? undefined : refuse('forbidden');
}

export function refuse(code: string): Refusal {
  return {refused: {code}};
}

export function lastLeftAt(room: RoomRow, userId: string): number | undefined {
  return room.spans.findLast((span) => span.userId === userId && span.leftAt !== undefined)?.leftAt;
}

export function endedRooms({rooms}: Tables, userId: string, roomIds: string[]) {
  return roomIds
    .filter((roomId) => !rooms.get(roomId)?.members.has(userId))
    .map((roomId) => {
      const span = rooms.get(roomId)?.spans.findLast((each) => each.userId === userId);
      return {roomId, leftAt: span?.leftAt ?? 0, reason: span?.reason ?? 'removed'};
    });
}
