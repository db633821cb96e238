/** What the writing functions do. Each runs under the locks of its rooms, and becomes visible at once with the commit. */
import type {LeaveReason} from '@madang/protocol/log';
import type {Message} from '@madang/protocol/messages';
import {annotationsOf, lastLeftAt, memberRefusal, readLog, readState, refuse, wireEpoch} from './reading.ts';
import type {MessageRow, RoomRow, Tables} from './rows.ts';

export type Write = {tables: Tables; xact: number; nowMs: number};

export type Item = {
  roomId: string;
  sender: Message['sender'];
  clientId: string;
  text: string;
};

/** Formats a time as the database does: without more digits than a millisecond. */
const timeOf = ({nowMs}: Write) => new Date(Date.UTC(2026, 0, 1) + Math.floor(nowMs));

function noteMove({tables, xact}: Write, {id: roomId, head}: RoomRow): void {
  tables.moves.push({xact, roomId, head});
}

export function appendMessages(write: Write, items: Item[], locked: string[]) {
  const moved = new Set<RoomRow>();
  const outcomes = items.map((item) => {
    const room = write.tables.rooms.get(item.roomId);
    if (!room) return {outcome: 'not_found'};
    if (!locked.includes(room.id)) return {outcome: 'locked'};
    return appendOne(write, room, item, moved);
  });
  for (const room of moved) noteMove(write, room);
  return outcomes;
}

function appendOne(write: Write, room: RoomRow, {sender, clientId, text}: Item, moved: Set<RoomRow>) {
  const first = room.messages.find((each) => each.sender.id === sender.id && each.clientId === clientId);
  const epoch = wireEpoch(room);
  if (first) return {outcome: 'duplicate', seq: first.seq, created_at: new Date(first.createdAt), epoch};
  if (!room.members.has(sender.id)) return {outcome: 'forbidden'};
  const seq = ++room.head;
  const createdAt = timeOf(write);
  room.messages.push({seq, rev: seq, sender, clientId, text, createdAt: createdAt.toISOString()});
  room.activeAt = write.nowMs;
  moved.add(room);
  return {outcome: 'stored', seq, created_at: createdAt, epoch};
}

export function joinRoom(write: Write, roomId: string, userId: string) {
  const room = write.tables.rooms.get(roomId);
  if (!room) return refuse('not_found');
  if (room.members.has(userId)) return {state: readState(room, userId), joined: false};
  const joinedAt = room.head + 1;
  room.members.set(userId, {
    userId,
    role: 'member',
    joinedAt,
    readSeq: room.head,
    createdAt: write.nowMs,
  });
  room.spans.push({userId, joinedAt});
  write.tables.signals.push({xact: write.xact, kind: 'joined', userId, roomId});
  noteMove(write, room);
  return {state: readState(room, userId), joined: true};
}

function endMembership(write: Write, room: RoomRow, userId: string, reason: LeaveReason) {
  const before = room.head;
  const leftAt = ++room.head;
  const span = room.spans.findLast((each) => each.userId === userId)!;
  span.leftAt = leftAt;
  span.reason = reason;
  room.members.delete(userId);
  noteMove(write, room);
  return {leftAt, frame: readLog(write.tables, room, before, 200)};
}

export function leaveRoom(write: Write, roomId: string, userId: string) {
  const room = write.tables.rooms.get(roomId);
  const refusal = memberRefusal(room, room?.members.get(userId));
  if (room && !refusal) return endMembership(write, room, userId, 'left');
  const leftAt = room && lastLeftAt(room, userId);
  return leftAt === undefined ? refusal! : {leftAt};
}

export function removeMember(write: Write, roomId: string, actorId: string, userId: string) {
  const room = write.tables.rooms.get(roomId);
  const actor = room?.members.get(actorId);
  const refusal = memberRefusal(room, actor);
  if (!room || refusal) return refusal!;
  if (actor!.role !== 'owner') return refuse('forbidden');
  if (room.members.has(userId)) return endMembership(write, room, userId, 'removed');
  const leftAt = lastLeftAt(room, userId);
  return leftAt === undefined ? refuse('not_found') : {leftAt};
}

export function changeMessage(
  write: Write,
  {roomId, userId, seq, text}: {roomId: string; userId: string; seq: number; text?: string | undefined},
) {
  const room = write.tables.rooms.get(roomId);
  const refusal = memberRefusal(room, room?.members.get(userId));
  if (!room || refusal) return refusal!;
  const row = room.messages.find((each) => each.seq === seq);
  if (!row) return refuse('not_found');
  if (row.sender.id !== userId) return refuse('forbidden');
  if (row.deletedAt !== undefined) return text === undefined ? {seq, rev: row.rev} : refuse('conflict');
  const before = room.head;
  row.rev = ++room.head;
  row.text = text ?? '';
  if (text === undefined) row.deletedAt = timeOf(write).toISOString();
  else row.editedAt = timeOf(write).toISOString();
  noteMove(write, room);
  return {seq, rev: row.rev, frame: readLog(write.tables, room, before, 200)};
}

type Wish = {userId: string; seq: number; emoji: string; on: boolean};

/** Works as set_reactions, without its bound on emoji. */
export function setReactions(write: Write, roomId: string, wishes: Wish[]) {
  const room = write.tables.rooms.get(roomId);
  const before = room?.head ?? 0;
  const refusals = wishes.map(({userId, seq}) => reactionRefusal(room, userId, seq));
  const touched = new Set<MessageRow>();
  for (const [index, {userId, seq, emoji, on}] of wishes.entries()) {
    if (refusals[index]) continue;
    const row = room!.messages.find((each) => each.seq === seq)!;
    const known = row.reactions?.get(emoji) ?? [];
    if (known.includes(userId) === on) continue;
    row.reactions ??= new Map();
    row.reactions.set(emoji, on ? [userId, ...known] : known.filter((id) => id !== userId));
    touched.add(row);
  }
  const entries = [...touched].map((row) => {
    row.rev = ++room!.head;
    return {rev: row.rev, type: 'annotation', seq: row.seq, annotations: annotationsOf(row)};
  });
  if (entries.length > 0) noteMove(write, room!);
  const answers = wishes.map(({userId, seq}, index) => {
    const row = room?.messages.find((each) => each.seq === seq);
    return refusals[index] ?? {rev: row!.rev, annotations: annotationsOf(row!, userId)};
  });
  return {answers, epoch: room ? wireEpoch(room) : '', after: before, entries};
}

function reactionRefusal(room: RoomRow | undefined, userId: string, seq: number) {
  const row = room?.messages.find((each) => each.seq === seq);
  return (
    memberRefusal(room, room?.members.get(userId)) ??
    (row ? (row.deletedAt === undefined ? undefined : refuse('conflict')) : refuse('not_found'))
  );
}

export function endSession(write: Write, sessionHash: string, userId: string): void {
  write.tables.endedSessions.set(sessionHash, write.nowMs);
  write.tables.signals.push({xact: write.xact, kind: 'session', sessionHash, userId});
}

export function raiseEpoch(write: Write, roomId: string, epoch: string, position: number): boolean {
  const room = write.tables.rooms.get(roomId);
  if (!room || wireEpoch(room) !== epoch || room.head >= position) return false;
  room.epoch = Math.max(room.epoch + 1, Math.floor(write.nowMs));
  write.tables.moves.push({xact: write.xact, roomId, head: -1});
  return true;
}

/** Works as prune_moves and prune_signals, which keep rows by the same marks. */
export function prune({tables, nowMs}: Write, xmin: number, keepMs: number): void {
  if (tables.marks.length === 0) tables.marks.push({xact: 0, at: nowMs});
  if (!tables.marks.some(({xact}) => xact === xmin)) tables.marks.push({xact: xmin, at: nowMs});
  const oldest = Math.max(-1, ...tables.marks.filter(({at}) => at <= nowMs - keepMs).map(({xact}) => xact));
  tables.marks = tables.marks.filter(({xact}) => xact >= oldest);
  tables.moves = tables.moves.filter(({xact}) => xact >= oldest);
  const youngest = Math.min(...tables.marks.map(({xact}) => xact));
  tables.signals = tables.signals.filter(({xact}) => xact >= youngest);
}

/** Works as restored() of `packages/database`, in a database that has the content of a backup. */
export function markRestored({cluster, ...tables}: Tables, epochSeconds: number): Tables {
  cluster.incarnation = Math.max(cluster.incarnation + 1, epochSeconds);
  return {...tables, cluster, signals: [], moves: [], marks: []};
}
