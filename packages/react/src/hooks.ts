import type {
  DataTypes,
  MembersSnapshot,
  MessagesSnapshot,
  NotificationsSnapshot,
  Right,
  RoomSnapshot,
  StatusSnapshot,
  Store,
  Typed,
  TypingUser,
} from '@madang/client';
import {useSyncExternalStore} from 'react';
import {useMadang} from './provider.tsx';

/** A snapshot as it is, unless a component says what the product's `data` looks like. */
type Shown<Snapshot, Data extends DataTypes> = keyof Data extends never ? Snapshot : Typed<Snapshot, Data>;
type NoData = Record<never, never>;

// What a server shows, and a browser until it has taken over what the server showed: nobody is connected there.
const offline: StatusSnapshot = Object.freeze({status: 'offline', isReady: false});
const none: readonly never[] = Object.freeze([]);
const noMessages: MessagesSnapshot = Object.freeze({messages: none, pending: none, hasEarlier: false});
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

/** How the client stands with the cluster, and who is signed in. */
export function useStatus<Data extends DataTypes = NoData>(): Shown<StatusSnapshot, Data> {
  return useStore(useMadang().stores.status, offline) as Shown<StatusSnapshot, Data>;
}

/** Whether the user may do something outside of rooms, such as `createPublic` or `direct`: what is refused is not offered. */
export function useMay(right: Right): boolean {
  const {subscribe, snapshot} = useMadang().stores.status;
  // So that a component renders again only where the answer changes.
  const holds = () => snapshot().may?.includes(right) ?? false;
  return useSyncExternalStore(subscribe, holds, () => false);
}

/** The rooms of the user, the one in which something happened last first. */
export function useRooms<Data extends DataTypes = NoData>(): Shown<readonly RoomSnapshot[], Data> {
  const rooms = useStore<readonly RoomSnapshot[]>(useMadang().stores.rooms, none);
  return rooms as Shown<readonly RoomSnapshot[], Data>;
}

/** One room; undefined while the user is not in it. */
export function useRoom<Data extends DataTypes = NoData>(
  roomId: string,
): Shown<RoomSnapshot, Data> | undefined {
  const room = useStore(useMadang().stores.room(roomId), undefined);
  return room as Shown<RoomSnapshot, Data> | undefined;
}

/** The messages of a room, what of one's own is on its way there, and whether there are earlier ones. */
export function useMessages<Data extends DataTypes = NoData>(roomId: string): Shown<MessagesSnapshot, Data> {
  return useStore(useMadang().stores.messages(roomId), noMessages) as Shown<MessagesSnapshot, Data>;
}

/** Who is in a room, 200 at most. They are asked for while a component shows them. */
export function useMembers<Data extends DataTypes = NoData>(roomId: string): Shown<MembersSnapshot, Data> {
  return useStore(useMadang().stores.members(roomId), noMembers) as Shown<MembersSnapshot, Data>;
}

/** Who is writing in a room, without oneself. */
export function useTyping(roomId: string): readonly TypingUser[] {
  return useStore<readonly TypingUser[]>(useMadang().stores.typing(roomId), none);
}

/** What the user was notified of. They are loaded once a component shows them. */
export function useNotifications(): NotificationsSnapshot {
  return useStore(useMadang().stores.notifications, noNotifications);
}
