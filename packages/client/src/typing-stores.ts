import {keepItems} from './same.ts';
import {LiveStore, type Announcements, type Store} from './store.ts';
import type {StoreSources} from './store-sources.ts';
import type {ServerEvents} from './wire.ts';

/** A user who is typing in a room. */
export type TypingUser = ServerEvents['room:typing']['user'];

const nobodyTyping: readonly TypingUser[] = Object.freeze([]);

/** A `false` may be lost. So a user counts as typing only this long after the last report. */
const endsAfterMs = 7_000;

type Typist = {user: TypingUser; timer: ReturnType<typeof setTimeout>};
type TypingRoom = {typists: Map<string, Typist>; store: LiveStore<readonly TypingUser[]>};

/** The users who are typing in each room that was asked about. */
export class TypingStores {
  readonly #announcements: Announcements;
  readonly #each = new Map<string, TypingRoom>();

  constructor(client: StoreSources, announcements: Announcements) {
    this.#announcements = announcements;
    client.on('room:typing', ({roomId, user, typing}) => {
      if (user.id === client.user?.id) return;
      if (typing) this.#begin(roomId, user);
      else this.#end(roomId, user.id);
    });
    // A user whose message arrived is no longer typing it.
    client.on('message', ({roomId, sender}) => this.#end(roomId, sender.id));
    client.on('room:left', ({roomId}) => this.#endAll(roomId));
    client.on('status', (status) => {
      if (status !== 'online') for (const roomId of this.#each.keys()) this.#endAll(roomId);
    });
  }

  one(roomId: string): Store<readonly TypingUser[]> {
    const known = this.#each.get(roomId);
    if (known !== undefined) return known.store;
    const typists = new Map<string, Typist>();
    const store = new LiveStore<readonly TypingUser[]>({
      announcements: this.#announcements,
      empty: nobodyTyping,
      read: (before) =>
        keepItems(
          before,
          [...typists.values()].map(({user}) => user),
          ({id}) => id,
        ),
    });
    this.#each.set(roomId, {typists, store});
    return store;
  }

  #begin(roomId: string, user: TypingUser): void {
    const room = this.#each.get(roomId);
    if (room === undefined) return;
    clearTimeout(room.typists.get(user.id)?.timer);
    const timer = setTimeout(() => this.#end(roomId, user.id), endsAfterMs);
    // The timer must not keep a program running that has nothing else to do.
    (timer as {unref?: () => void}).unref?.();
    room.typists.set(user.id, {user, timer});
    room.store.changed();
  }

  #end(roomId: string, userId: string): void {
    const room = this.#each.get(roomId);
    const typist = room?.typists.get(userId);
    if (room === undefined || typist === undefined) return;
    clearTimeout(typist.timer);
    room.typists.delete(userId);
    room.store.changed();
  }

  #endAll(roomId: string): void {
    for (const userId of this.#each.get(roomId)?.typists.keys() ?? []) this.#end(roomId, userId);
  }
}
