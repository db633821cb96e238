import {path, type RoomSnapshot, type User} from '@madang/client/client';
import {openWhisper} from './whisper.ts';
import {client} from './client.ts';
import {whisperPartner} from './room-title.ts';

/**
 * A whisper without messages is a page, not a room. If it were opened on the server, it would be an empty room in the other
 * person's list. The first message opens the room.
 */
const prefix = 'whisper:';

export type Partner = Pick<User, 'id' | 'name' | 'color'> & Partial<User>;

/** Returns the path to whisper with someone: the existing room, or the page on which a whisper begins. */
export function pathOfWhisper(userId: string): string {
  const room = client.stores.rooms.snapshot().find((view) => isSpokenWith(view, userId));
  return room === undefined ? path`/whispers/${userId}` : path`/rooms/${room.id}`;
}

export function isSpokenWith({room, isUnspoken}: RoomSnapshot, userId: string): boolean {
  return !isUnspoken && whisperPartner(room)?.id === userId;
}

export function isNewWhisper(roomId: string): boolean {
  return roomId.startsWith(prefix);
}

/** Returns the id of the room itself. A whisper that has not begun is opened first. */
export async function openedId(roomId: string): Promise<string> {
  return isNewWhisper(roomId) ? openWhisper(roomId.slice(prefix.length)) : roomId;
}

/** Returns how a whisper looks before it begins. */
export function viewOfNewWhisper(me: User, partner: Partner): RoomSnapshot {
  const id = `${prefix}${partner.id}`;
  const other: User = {kind: 'account', ...partner};
  return {
    id,
    room: {
      id,
      kind: 'direct',
      title: '',
      visibility: 'private',
      locked: false,
      ephemeral: false,
      owner: other,
      users: [me, other],
      rev: 0,
      createdAt: new Date().toISOString(),
    },
    membership: {role: 'member', joinedAt: 0, readSeq: 0},
    unread: 0,
    mentions: 0,
    online: 0,
    isUnspoken: true,
  };
}
