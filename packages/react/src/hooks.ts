import type {
  DataTypes,
  MembersSnapshot,
  MessagesSnapshot,
  NotificationsSnapshot,
  Right,
  RoomSnapshot,
  StatusSnapshot,
  Store,
  ThreadSnapshot,
  Typed,
  TypingUser,
} from '@madang/client';
import {useSyncExternalStore} from 'react';
import {useMadang} from './provider.tsx';

/** A snapshot, whose `data` has the product's type if the component gives one. */
type Shown<Snapshot, Data extends DataTypes> = keyof Data extends never ? Snapshot : Typed<Snapshot, Data>;
type NoData = Record<never, never>;

// A server shows this, and a browser until it has hydrated the server's page: nobody is connected there.
const offline: StatusSnapshot = Object.freeze({status: 'offline', isReady: false});
const none: readonly never[] = Object.freeze([]);
const noMessages: MessagesSnapshot = Object.freeze({messages: none, pending: none, hasEarlier: false});
const noThread: ThreadSnapshot = Object.freeze({
  replies: none,
  pending: none,
  hasEarlier: false,
  isLoaded: false,
});
const noMembers: MembersSnapshot = Object.freeze({members: none, isLoaded: false});
const noNotifications: NotificationsSnapshot = Object.freeze({
  items: none,
  unread: 0,
  hasEarlier: false,
  isLoaded: false,
});

function useStore<Snapshot>({subscribe, snapshot}: Store<Snapshot>, onServer: Snapshot): Snapshot {
  return useSyncExternalStore(subscribe, snapshot, () => onServer);
}

/** Returns the client's connection to the cluster, and the signed-in user. */
export function useStatus<Data extends DataTypes = NoData>(): Shown<StatusSnapshot, Data> {
  return useStore(useMadang().stores.status, offline) as Shown<StatusSnapshot, Data>;
}

/**
 * Whether the user may do something outside rooms, such as `createPublic` or `direct`. Use it to hide what would be
 * refused.
 */
export function useMay(right: Right): boolean {
  const {subscribe, snapshot} = useMadang().stores.status;
  // A component then renders again only when the answer changes.
  const holds = () => snapshot().may?.includes(right) ?? false;
  return useSyncExternalStore(subscribe, holds, () => false);
}

/** Returns the user's rooms, the one with the latest activity first. */
export function useRooms<Data extends DataTypes = NoData>(): Shown<readonly RoomSnapshot[], Data> {
  const rooms = useStore<readonly RoomSnapshot[]>(useMadang().stores.rooms, none);
  return rooms as Shown<readonly RoomSnapshot[], Data>;
}

/** Returns one room, or undefined while the user is not in it. */
export function useRoom<Data extends DataTypes = NoData>(
  roomId: string,
): Shown<RoomSnapshot, Data> | undefined {
  const room = useStore(useMadang().stores.room(roomId), undefined);
  return room as Shown<RoomSnapshot, Data> | undefined;
}

/** Returns the messages of a room, one's own pending sends to it, and whether there are earlier messages. */
export function useMessages<Data extends DataTypes = NoData>(roomId: string): Shown<MessagesSnapshot, Data> {
  return useStore(useMadang().stores.messages(roomId), noMessages) as Shown<MessagesSnapshot, Data>;
}

/**
 * Returns the thread of a message: the newest replies and what `stores.thread(…).loadEarlier` has brought. It is loaded
 * while a component uses this hook.
 */
export function useThread<Data extends DataTypes = NoData>(
  roomId: string,
  rootSeq: number,
): Shown<ThreadSnapshot, Data> {
  const thread = useStore<ThreadSnapshot>(useMadang().stores.thread(roomId, rootSeq), noThread);
  return thread as Shown<ThreadSnapshot, Data>;
}

/** Returns the members of a room, at most 200. They are loaded while a component uses this hook. */
export function useMembers<Data extends DataTypes = NoData>(roomId: string): Shown<MembersSnapshot, Data> {
  return useStore(useMadang().stores.members(roomId), noMembers) as Shown<MembersSnapshot, Data>;
}

/** Returns the users who are typing in a room, without oneself. */
export function useTyping(roomId: string): readonly TypingUser[] {
  return useStore<readonly TypingUser[]>(useMadang().stores.typing(roomId), none);
}

/** Returns the user's notifications. They are loaded once a component uses this hook. */
export function useNotifications(): NotificationsSnapshot {
  return useStore(useMadang().stores.notifications, noNotifications);
}
