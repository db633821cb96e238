import {keepFields, keepItems} from './same.ts';
import {LiveStore, type Announcements} from './store.ts';
import type {StoreSources} from './store-sources.ts';
import type {Notification} from './wire.ts';

/** The user's notifications. */
export type NotificationsSnapshot = {
  /** The loaded notifications, newest first. */
  readonly items: readonly Notification[];
  /** How many are unread, loaded or not. */
  readonly unread: number;
  /** Whether `notifications.loadEarlier` has more to load. */
  readonly hasEarlier: boolean;
  readonly isLoaded: boolean;
};

const noNotifications: NotificationsSnapshot = Object.freeze({
  items: Object.freeze([]),
  unread: 0,
  hasEarlier: false,
  isLoaded: false,
});

/** A listener needs the list, so it is loaded. If that fails, the next connection loads it. */
export function notificationStore(
  client: StoreSources,
  announcements: Announcements,
): LiveStore<NotificationsSnapshot> {
  const store = new LiveStore<NotificationsSnapshot>({
    announcements,
    empty: noNotifications,
    read: (before) => {
      const {items, unread, hasEarlier, isLoaded} = client.notifications;
      const kept = keepItems(before.items, items, ({id}) => id);
      return keepFields(before, {items: kept, unread, hasEarlier, isLoaded});
    },
    watch: () => {
      if (!client.notifications.isWanted) void client.notifications.load().catch(() => undefined);
      return () => undefined;
    },
  });
  client.on('notifications', () => store.changed());
  return store;
}
