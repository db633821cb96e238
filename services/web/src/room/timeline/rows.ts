import type {Message, OutboxEntry} from '@madang/client/client';
import type {Notice} from '../../chat/notices.ts';
import type {Refused} from '../../chat/refused.ts';
import type {Upload} from '../../chat/uploads.ts';

/** The rows of a conversation, from the oldest to the newest. */
export type Row =
  | {kind: 'day'; key: string; day: string}
  | {kind: 'unread'; key: string}
  | {kind: 'message'; key: string; message: Message; isMine: boolean; isFirst: boolean; isLast: boolean}
  | {kind: 'notice'; key: string; event: Notice['kind']; users: Notice['users']}
  | {kind: 'pending'; key: string; entry: OutboxEntry; isFirst: boolean}
  | {kind: 'refused'; key: string; refused: Refused; isFirst: boolean}
  | {kind: 'upload'; key: string; upload: Upload; isFirst: boolean};

export type Conversation = {
  messages: readonly Message[];
  pending: readonly OutboxEntry[];
  refused: readonly Refused[];
  uploads: readonly Upload[];
  notices: readonly Notice[];
  hasEarlier: boolean;
  /** The line of the unread messages follows this message; undefined for no line. */
  readUpTo?: number | undefined;
  me: string;
};

const groupWithinMs = 5 * 60_000;

/** The number of messages in a page of history. */
export const historyPage = 50;

/** Lays out a conversation: day lines, groups of one sender's messages, and notices where they happened. */
export function buildRows(conversation: Conversation): Row[] {
  const {messages, pending, refused, uploads, notices, hasEarlier, readUpTo, me} = conversation;
  const rows: Row[] = [];
  const context = contextOf(conversation);
  const firstNotice = notices.findIndex(({afterSeq}) => afterSeq >= (context?.seq ?? 0));
  let nextNotice = firstNotice < 0 ? notices.length : firstNotice;
  let day = context === undefined ? '' : dayOf(context.createdAt);
  // If the first unread message is not loaded, the line would stand before the wrong one.
  const isFirstLoaded = !hasEarlier || (messages[0]?.seq ?? Infinity) <= (readUpTo ?? 0);
  let isUnreadShown = readUpTo === undefined || !isFirstLoaded;

  const takeNotices = (beforeSeq: number) => {
    for (let notice = notices[nextNotice]; notice !== undefined; notice = notices[nextNotice]) {
      if (notice.afterSeq >= beforeSeq) return;
      addNotice(rows, notice);
      nextNotice += 1;
    }
  };

  for (const [index, message] of messages.entries()) {
    if (message === context) continue;
    takeNotices(message.seq);
    const messageDay = dayOf(message.createdAt);
    if (messageDay !== day) rows.push({kind: 'day', key: `day-${message.seq}`, day: message.createdAt});
    day = messageDay;
    const isMine = message.sender.id === me;
    if (!isUnreadShown && message.seq > readUpTo! && !isMine) {
      rows.push({kind: 'unread', key: 'unread'});
      isUnreadShown = true;
    }
    const next = messages[index + 1];
    const noticeFollows = (notices[nextNotice]?.afterSeq ?? Infinity) < (next?.seq ?? 0);
    const before = rows.length === 0 ? context : messageOf(rows.at(-1));
    const isFirst = before === undefined || !areOneGroup(before, message);
    const isLast = next === undefined || noticeFollows || !areOneGroup(message, next);
    rows.push({kind: 'message', key: message.clientId, message, isMine, isFirst, isLast});
  }
  takeNotices(Infinity);
  for (const entry of pending) {
    rows.push({kind: 'pending', key: entry.clientId, entry, isFirst: !endsMine(rows.at(-1))});
  }
  for (const item of refused) {
    rows.push({kind: 'refused', key: item.entry.clientId, refused: item, isFirst: !endsMine(rows.at(-1))});
  }
  for (const upload of uploads) {
    rows.push({kind: 'upload', key: `upload-${upload.id}`, upload, isFirst: !endsMine(rows.at(-1))});
  }
  return rows;
}

/**
 * The look of a message depends on the one before it. While an older page may follow, the oldest message is not shown and
 * only decides how the next one looks. So no visible row changes when that page arrives, and nothing moves.
 */
export function contextOf({messages, hasEarlier}: Pick<Conversation, 'messages' | 'hasEarlier'>) {
  return hasEarlier && messages.length >= historyPage ? messages[0] : undefined;
}

/** Arrivals in a row share one line. */
function addNotice(rows: Row[], {id, kind, users}: Notice): void {
  const last = rows.at(-1);
  if (last?.kind !== 'notice' || last.event !== kind) {
    rows.push({kind: 'notice', key: `notice-${id}`, event: kind, users});
    return;
  }
  const isKnown = (userId: string) => last.users.some((user) => user.id === userId);
  last.users = [...last.users, ...users.filter((user) => !isKnown(user.id))];
}

function messageOf(row: Row | undefined): Message | undefined {
  return row?.kind === 'message' ? row.message : undefined;
}

function areOneGroup(a: Message, b: Message): boolean {
  // The name above a group belongs to all its messages.
  if (
    a.sender.id !== b.sender.id ||
    a.sender.name !== b.sender.name ||
    a.kind !== b.kind ||
    b.replyTo !== undefined ||
    a.threadOf !== b.threadOf
  )
    return false;
  if (dayOf(a.createdAt) !== dayOf(b.createdAt)) return false;
  return Date.parse(b.createdAt) - Date.parse(a.createdAt) < groupWithinMs;
}

function endsMine(row: Row | undefined): boolean {
  if (row?.kind === 'message') return row.isMine;
  return row?.kind === 'pending' || row?.kind === 'refused' || row?.kind === 'upload';
}

/** Returns the local day of a time, for comparison. */
function dayOf(time: string): string {
  return new Date(time).toDateString();
}
