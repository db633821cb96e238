import type {FollowedRoom} from './follow.ts';
import {freeze, keep, keepFields, keepItems} from './same.ts';
import {LiveStore, type Announcements, type Store} from './store.ts';
import type {StoreSources} from './store-sources.ts';
import type {Message, Room, RoomState} from './wire.ts';

/** A room that the user is in, without its messages. */
export type RoomSnapshot = {
  readonly id: string;
  readonly room: Room;
  readonly membership: RoomState['membership'];
  /** The number of unread messages; 100 stands for 100 or more. */
  readonly unread: number;
  /** The number of unread mentions, replies and requests. */
  readonly mentions: number;
  /** How the user wants the room. Missing from gateways of a release before 9. */
  readonly prefs?: RoomState['prefs'];
  /** How many people are in it now. */
  readonly online: number;
  /** The newest loaded message. */
  readonly lastMessage?: Message;
  /** True for a direct room in which nobody has sent a message. */
  readonly isUnspoken: boolean;
};

const noRooms: readonly RoomSnapshot[] = Object.freeze([]);

/** The list of the user's rooms, and each room by itself. */
export class RoomStores {
  readonly all: Store<readonly RoomSnapshot[]>;
  readonly #all: LiveStore<readonly RoomSnapshot[]>;
  readonly #client: StoreSources;
  readonly #announcements: Announcements;
  readonly #each = new Map<string, LiveStore<RoomSnapshot | undefined>>();
  readonly #shown = new Map<string, RoomSnapshot>();
  /** The rooms whose snapshot must be made again. */
  readonly #stale = new Set<string>();

  constructor(client: StoreSources, announcements: Announcements) {
    this.#client = client;
    this.#announcements = announcements;
    this.#all = new LiveStore({announcements, empty: noRooms, read: (before) => this.#readAll(before)});
    this.all = this.#all;
    client.on('room', ({id}) => this.#changed(id));
    client.on('rooms', () => {
      for (const id of new Set([...this.#shown.keys(), ...this.#each.keys(), ...client.rooms.keys()]))
        this.#changed(id);
      this.#all.changed();
    });
  }

  /** One room; undefined while the user is not in it. */
  one(roomId: string): Store<RoomSnapshot | undefined> {
    const known = this.#each.get(roomId);
    if (known !== undefined) return known;
    const store = new LiveStore<RoomSnapshot | undefined>({
      announcements: this.#announcements,
      empty: this.#read(roomId),
      read: () => this.#read(roomId),
    });
    this.#each.set(roomId, store);
    return store;
  }

  #changed(roomId: string): void {
    this.#stale.add(roomId);
    this.#each.get(roomId)?.changed();
    this.#all.changed();
  }

  #read(roomId: string): RoomSnapshot | undefined {
    const room = this.#client.rooms.get(roomId);
    const before = this.#shown.get(roomId);
    if (!this.#stale.delete(roomId) && (before !== undefined) === (room !== undefined)) return before;
    if (room === undefined) {
      this.#shown.delete(roomId);
      return undefined;
    }
    const now = snapshotOf(room, before);
    this.#shown.set(roomId, now);
    return now;
  }

  #readAll(before: readonly RoomSnapshot[]): readonly RoomSnapshot[] {
    const rooms = [...this.#client.rooms.keys()].flatMap((id) => this.#read(id) ?? []);
    return keepItems(before, rooms.sort(byActivity), ({id}) => id);
  }
}

function snapshotOf({id, state, timeline}: FollowedRoom, before: RoomSnapshot | undefined): RoomSnapshot {
  const {newest} = timeline;
  const isUnspoken =
    state.room.kind === 'direct' && timeline.cursor.rev === 0 && timeline.pending.length === 0;
  return keepFields(before, {
    id,
    room: keep(before?.room, state.room),
    membership: keep(before?.membership, state.membership),
    unread: state.unread,
    mentions: state.mentions ?? 0,
    ...(state.prefs && {prefs: keep(before?.prefs, state.prefs)}),
    online: state.online,
    ...(newest && {lastMessage: freeze(newest)}),
    isUnspoken,
  });
}

/** When something last happened in a room. */
function activeAt({room, lastMessage}: RoomSnapshot): string {
  return lastMessage?.createdAt ?? room.createdAt;
}

/** The room with the latest activity comes first. */
function byActivity(a: RoomSnapshot, b: RoomSnapshot): number {
  return activeAt(b).localeCompare(activeAt(a)) || a.id.localeCompare(b.id);
}
