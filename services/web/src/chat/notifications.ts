import type {Notification} from '@madang/client/client';
import {createStore} from 'zustand/vanilla';
import {client} from './client.ts';

/** What of the notifications only this page knows. */
export type Bell = {
  isListOpen: boolean;
  /** What has just come and is not read anywhere yet, oldest first: the toasts. */
  news: readonly Notification[];
};

export const bell = createStore<Bell>(() => ({isListOpen: false, news: []}));

/** More at once would be a wall and not a word; the others are in the list. */
const maxNews = 2;

// The first one to listen has them loaded, and each new connection tries again until one succeeds.
const {subscribe, snapshot} = client.stores.notifications;
subscribe(() => {
  const {news} = bell.getState();
  const unreadIds = new Set(snapshot().items.flatMap(({id, readAt}) => (readAt === undefined ? [id] : [])));
  if (news.some(({id}) => !unreadIds.has(id)))
    bell.setState({news: news.filter(({id}) => unreadIds.has(id))});
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

/** Loads one page of older ones; true while there are more. */
export async function loadOlder(): Promise<boolean> {
  return client.notifications.loadEarlier().catch(() => client.notifications.hasEarlier);
}
