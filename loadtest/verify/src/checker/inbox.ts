/**
 * Compares the inboxes with what is stored, once nobody writes any more. Nobody in a run marks anything as read, so each
 * mention and each reply to a quoted message has its item, for as long as its user is in the room.
 */
import type {Stored, StoredMembership, StoredMessage} from '../history/stored.ts';
import {Truth} from './truth.ts';
import {short, type Violation} from './violation.ts';

/** An inbox item that a user was given, of a message or of a room. */
export type Item = {id: string; type: string; roomId: string; seq?: number | undefined};

export function checkInboxes(items: ReadonlyMap<string, readonly Item[]>, stored: Stored): Violation[] {
  const truth = new Truth(stored);
  return [...items].flatMap(([userId, own]) => [
    ...findRepeated(userId, own),
    ...findBeyondRights(userId, own, truth),
    ...findMissing(userId, own, truth),
  ]);
}

function violation(userId: string, what: string): Violation {
  return {invariant: 'inbox', what: `user ${short(userId)} ${what}`, evidence: []};
}

const nameOf = ({roomId, seq}: Item) => `message ${seq} of room ${short(roomId)}`;
const keyOf = ({roomId, seq}: Pick<Item, 'roomId' | 'seq'>) => `${roomId} ${seq}`;

function findRepeated(userId: string, items: readonly Item[]): Violation[] {
  const known = new Set<string>();
  return items
    .filter((item) => item.seq !== undefined)
    .filter((item) => known.has(keyOf(item)) || !known.add(keyOf(item)))
    .map((item) => violation(userId, `has two items of ${nameOf(item)}`));
}

/** An item is of a message that is not deleted. Members may read what was said before they joined. */
function findBeyondRights(userId: string, items: readonly Item[], truth: Truth): Violation[] {
  return items.flatMap((item) => {
    if (item.seq === undefined) return [];
    const message = truth.logs.get(item.roomId)?.bySeq.get(item.seq);
    if (message === undefined || message.isDeleted)
      return [violation(userId, `has an item of ${nameOf(item)}, which is gone`)];
    if (truth.membership(userId, item.roomId) === undefined)
      return [violation(userId, `has an item of ${nameOf(item)}, and is not in the room`)];
    return [];
  });
}

function findMissing(userId: string, items: readonly Item[], truth: Truth): Violation[] {
  const given = new Set(items.map(keyOf));
  return truth.messages
    .filter((message) => isFor(userId, message, truth) && !given.has(keyOf(message)))
    .map((message) => violation(userId, `has no item of ${nameOf({id: '', type: '', ...message})}`));
}

/** Whether the message mentions the user, or answers one of their messages, where they could see it. */
function isFor(userId: string, message: StoredMessage, truth: Truth): boolean {
  if (message.isDeleted || message.senderId === userId) return false;
  const membership = truth.membership(userId, message.roomId);
  if (membership === undefined || !covers(membership, message)) return false;
  if (message.mentions.includes(userId)) return true;
  const quoted = truth.logs.get(message.roomId)?.bySeq.get(message.replyTo ?? 0);
  return quoted !== undefined && !quoted.isDeleted && quoted.senderId === userId;
}

function covers({joinedAt, readSeq}: StoredMembership, {seq}: StoredMessage): boolean {
  return seq >= joinedAt && seq > readSeq;
}
