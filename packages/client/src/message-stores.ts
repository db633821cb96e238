import type {OutboxEntry} from './outbox.ts';
import {keepFields, keepItems} from './same.ts';
import {LiveStore, type Announcements, type Store} from './store.ts';
import type {StoreSources} from './store-sources.ts';
import type {Message} from './wire.ts';

/** The part of a room's conversation that is loaded. */
export type MessagesSnapshot = {
  /** Sorted by `seq`, without gaps down to the oldest one loaded. An unchanged message keeps its object. */
  readonly messages: readonly Message[];
  /** One's own sends that are not in the log yet, in sending order. */
  readonly pending: readonly OutboxEntry[];
  /** Whether `loadEarlier` has more to load. */
  readonly hasEarlier: boolean;
};

const noMessages: MessagesSnapshot = Object.freeze({
  messages: Object.freeze([]),
  pending: Object.freeze([]),
  hasEarlier: false,
});

/** The messages of each room. */
export class MessageStores {
  readonly #client: StoreSources;
  readonly #announcements: Announcements;
  readonly #each = new Map<string, LiveStore<MessagesSnapshot>>();

  constructor(client: StoreSources, announcements: Announcements) {
    this.#client = client;
    this.#announcements = announcements;
    client.on('room', ({id}) => this.#each.get(id)?.changed());
    client.on('rooms', () => {
      for (const store of this.#each.values()) store.changed();
    });
  }

  one(roomId: string): Store<MessagesSnapshot> {
    const known = this.#each.get(roomId);
    if (known !== undefined) return known;
    const store = new LiveStore({
      announcements: this.#announcements,
      empty: noMessages,
      read: (before) => this.#read(roomId, before),
    });
    store.changed();
    this.#each.set(roomId, store);
    return store;
  }

  #read(roomId: string, before: MessagesSnapshot): MessagesSnapshot {
    const timeline = this.#client.rooms.get(roomId)?.timeline;
    if (timeline === undefined) return noMessages;
    return keepFields(before, {
      messages: keepItems(before.messages, timeline.messages, ({seq}) => seq),
      pending: keepItems(before.pending, timeline.pending, ({clientId}) => clientId),
      hasEarlier: timeline.hasEarlier,
    });
  }
}
