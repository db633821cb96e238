import {path, type RoomSnapshot, type User} from '@madang/client/client';
import {openWhisper} from './whisper.ts';
import {client} from './client.ts';
import {whisperPartner} from './room-title.ts';

/**
 * A whisper without messages is a page, not a room: if it were opened on the server, it would stand empty in the other
 * person's list. The first message opens the room.
 */
const prefix = 'whisper:';

export type Partner = Pick<User, 'id' | 'name' | 'color'> & Partial<User>;

/** Where one whispers with someone: in the room there is, or on the page where one begins. */
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

/** The id of the room itself, which is opened if it is a whisper that has not begun. */
export async function openedId(roomId: string): Promise<string> {
  return isNewWhisper(roomId) ? openWhisper(roomId.slice(prefix.length)) : roomId;
}

/** What a whisper looks like before it begins. */
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
    online: 0,
    isUnspoken: true,
  };
}
