/** The content of the database as plain data: the tables that delivery reads, with the columns that it reads. */
import type {Signal} from '@madang/database/delivery/pulse';
import type {LeaveReason} from '@madang/protocol/log';
import type {Message} from '@madang/protocol/messages';
import type {Role} from '@madang/protocol/rooms';
import type {User} from '@madang/protocol/users';

export type MessageRow = {
  seq: number;
  rev: number;
  sender: Message['sender'];
  clientId: string;
  text: string;
  createdAt: string;
  editedAt?: string;
  deletedAt?: string;
  /** Who reacted with which emoji, newest first. Missing while nobody ever has. */
  reactions?: Map<string, string[]>;
};
type SpanRow = {userId: string; joinedAt: number; leftAt?: number; reason?: LeaveReason};
export type MemberRow = {userId: string; role: Role; joinedAt: number; readSeq: number; createdAt: number};
/** One for all rooms; it is part of every epoch. */
type ClusterRow = {incarnation: number};
export type RoomRow = {
  readonly cluster: ClusterRow;
  readonly id: string;
  readonly title: string;
  epoch: number;
  head: number;
  activeAt: number;
  messages: MessageRow[];
  spans: SpanRow[];
  members: Map<string, MemberRow>;
};
/** `xact` is the id of the transaction that wrote the row. */
type SignalRow = Signal & {xact: number};
export type MoveRow = {xact: number; roomId: string; head: number};
type MarkRow = {xact: number; at: number};

export type Tables = {
  cluster: ClusterRow;
  rooms: Map<string, RoomRow>;
  users: Map<string, User>;
  /** When each session ended. */
  endedSessions: Map<string, number>;
  signals: SignalRow[];
  moves: MoveRow[];
  marks: MarkRow[];
};

/** Which transactions a statement sees: all below xmax except those that were open. */
export type Snapshot = {xmin: number; xmax: number; open: number[]};

export function writeSnapshot({xmin, xmax, open}: Snapshot): string {
  return `${xmin}:${xmax}:${open.join(',')}`;
}

export function readSnapshot(text: string): Snapshot {
  const [xmin = '', xmax = '', open = ''] = text.split(':');
  return {xmin: Number(xmin), xmax: Number(xmax), open: open === '' ? [] : open.split(',').map(Number)};
}
