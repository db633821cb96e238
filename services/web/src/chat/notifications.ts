import type {Notification} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';

/** What products told this person. */
export type Bell = {
  isLoaded: boolean;
  /** Newest first, as far as loaded. */
  items: readonly Notification[];
  unread: number;
  hasEarlier: boolean;
  isListOpen: boolean;
  /** What has just come and is not read anywhere yet, oldest first: the toasts. */
  news: readonly Notification[];
};

export const bell = createStore<Bell>(() => ({
  isLoaded: false,
  items: [],
  unread: 0,
  hasEarlier: false,
  isListOpen: false,
  news: [],
}));

/** More at once would be a wall and not a word; the others are in the list. */
const maxNews = 2;

// If it was asked for offline, each new connection tries to load it, until one succeeds.
void client.notifications.load().catch(() => undefined);

client.on('notifications', ({items, unread, hasEarlier, isLoaded}) => {
  const unreadIds = new Set(items.flatMap(({id, readAt}) => (readAt === undefined ? [id] : [])));
  const stillNews = bell.getState().news.filter(({id}) => unreadIds.has(id));
  bell.setState({items, unread, hasEarlier, isLoaded, news: stillNews});
});

client.on('notification', (notification) => {
  // Someone who looks at the list sees it there.
  if (bell.getState().isListOpen) return;
  bell.setState(({news}) => ({news: [...news, notification].slice(-maxNews)}));
});

export function setListOpen(isListOpen: boolean): void {
  bell.setState(isListOpen ? {isListOpen, news: []} : {isListOpen});
}

/** Takes a toast away here; the notification stays as unread as it was. */
export function dropNews(id: string): void {
  bell.setState(({news}) => ({news: news.filter((one) => one.id !== id)}));
}

/** Marks one as read on every device, or one and all before it. Should that fail, the next look does it. */
export function markRead(which: readonly [id: string] | {upTo: string}): void {
  void client.notifications.markRead(which).catch(() => undefined);
}

/** Loads one page of older ones. */
export async function loadOlder(): Promise<void> {
  await client.notifications.loadEarlier().catch(() => undefined);
}
