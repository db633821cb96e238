import {MemberStores, type MembersSnapshot} from './member-stores.ts';
import {MessageStores, type MessagesSnapshot} from './message-stores.ts';
import {notificationStore, type NotificationsSnapshot} from './notification-store.ts';
import {RoomStores, type RoomSnapshot} from './room-stores.ts';
import {statusStore, type StatusSnapshot} from './status-store.ts';
import {Announcements, type Store} from './store.ts';
import type {OnResult, StoreSources} from './store-sources.ts';
import {ThreadStores, type ThreadStore} from './thread-stores.ts';
import {TypingStores, type TypingUser} from './typing-stores.ts';

/** What a page shows of a client. The store of a room is available before the user is in it, and is always the same. */
export class Stores {
  readonly status: Store<StatusSnapshot>;
  /** The user's notifications. The first listener causes them to be loaded. */
  readonly notifications: Store<NotificationsSnapshot>;
  /** The rooms of the user, the one with the latest activity first. */
  readonly rooms: Store<readonly RoomSnapshot[]>;
  readonly #rooms: RoomStores;
  readonly #messages: MessageStores;
  readonly #members: MemberStores;
  readonly #threads: ThreadStores;
  readonly #typing: TypingStores;

  constructor(client: StoreSources, onResult: OnResult) {
    const announcements = new Announcements();
    this.status = statusStore(client, announcements);
    this.notifications = notificationStore(client, announcements);
    this.#rooms = new RoomStores(client, announcements);
    this.rooms = this.#rooms.all;
    this.#messages = new MessageStores(client, announcements);
    this.#members = new MemberStores(client, onResult, announcements);
    this.#threads = new ThreadStores(client, onResult, announcements);
    this.#typing = new TypingStores(client, announcements);
  }

  /** One room; undefined while the user is not in it. */
  room(roomId: string): Store<RoomSnapshot | undefined> {
    return this.#rooms.one(roomId);
  }

  /** The messages of a room. The list is empty while the user is not in it. */
  messages(roomId: string): Store<MessagesSnapshot> {
    return this.#messages.one(roomId);
  }

  /** The members of a room, loaded while somebody listens. */
  members(roomId: string): Store<MembersSnapshot> {
    return this.#members.one(roomId);
  }

  /** The thread of a message, loaded while somebody listens. */
  thread(roomId: string, rootSeq: number): ThreadStore {
    return this.#threads.one(roomId, rootSeq);
  }

  /** The users who are typing in a room, without oneself. */
  typing(roomId: string): Store<readonly TypingUser[]> {
    return this.#typing.one(roomId);
  }
}
