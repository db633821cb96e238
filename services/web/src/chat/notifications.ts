import type {Notification} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {pageOf, roomAddress} from '../shell/room-address.ts';
import {isQuiet} from './availability.ts';
import {basePath, client} from './client.ts';

/** The state of notifications that only this page has. */
export type Bell = {
  isListOpen: boolean;
  /** New notifications that are not read anywhere yet, oldest first. They are shown as toasts. */
  news: readonly Notification[];
};

export const bell = createStore<Bell>(() => ({isListOpen: false, news: []}));

/** The most toasts at once. More would be too many to read; the others are in the list. */
const maxNews = 2;

// The first listener causes them to be loaded, and each new connection tries again until one succeeds.
const {subscribe, snapshot} = client.stores.notifications;
subscribe(() => {
  const {news} = bell.getState();
  const unreadIds = new Set(snapshot().items.flatMap(({id, readAt}) => (readAt === undefined ? [id] : [])));
  if (news.some(({id}) => !unreadIds.has(id)))
    bell.setState({news: news.filter(({id}) => unreadIds.has(id))});
});

client.on('notification', (notification) => {
  // A user who looks at the list or at the room sees it there.
  if (isQuiet()) return;
  if (bell.getState().isListOpen || isLookingAt(notification.data['roomId'])) return;
  bell.setState(({news}) => ({news: [...news, notification].slice(-maxNews)}));
});

/** Whether the user is looking at a room, and so at what is new in it. */
function isLookingAt(roomId: unknown): boolean {
  const isLooking = document.visibilityState === 'visible' && document.hasFocus();
  return isLooking && typeof roomId === 'string' && pageOf(pathOfPage()) === roomAddress(roomId);
}

const pathOfPage = () => location.pathname.slice(basePath.length);

export function setListOpen(isListOpen: boolean): void {
  bell.setState(isListOpen ? {isListOpen, news: []} : {isListOpen});
}

/** Removes a toast here. The notification stays unread. */
export function dropNews(id: string): void {
  bell.setState(({news}) => ({news: news.filter((one) => one.id !== id)}));
}

/** Marks one as read on every device, or one and all before it. If that fails, the next look at the list retries it. */
export function markRead(which: readonly [id: string] | {upTo: string}): void {
  void client.notifications.markRead(which).catch(() => undefined);
}

/** Loads one page of older notifications. Returns whether there are more. */
export async function loadOlder(): Promise<boolean> {
  return client.notifications.loadEarlier().catch(() => client.notifications.hasEarlier);
}
