import type {Cursor, RoomState} from './wire.ts';

/**
 * Stores how far a client has read, across restarts. It can be a `Map`, `localStorage` behind two functions, or a file.
 * Both functions may return a promise.
 */
export type CursorStore = {
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  set(key: string, value: string): unknown;
};

type Kept = {userId: string; rooms: Readonly<Record<string, Cursor>>};

const key = 'madang.cursors';
/** Changes within this time are written together. */
const saveAfterMs = 200;

/**
 * Keeps the cursors of all rooms of one user in a store, and restores them in a later client.
 *
 * A cursor is written after the messages up to it were delivered to listeners. A client that stops in between delivers some
 * of them again, and misses none.
 */
export class CursorKeeper {
  readonly #store: CursorStore;
  readonly #present: () => Kept | undefined;
  #resumed: Kept | undefined;
  /** False until every room has been listed: until then, the store knows more than the client does. */
  #isComplete = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(store: CursorStore, present: () => Kept | undefined) {
    this.#store = store;
    this.#present = present;
  }

  /** Call this before asking for the rooms. Rejects if the store fails, because messages would be skipped without it. */
  async begin(): Promise<void> {
    this.save();
    await this.#writing;
    this.#isComplete = false;
    this.#resumed = parse(await this.#store.get(key));
  }

  /** Every room has been listed. */
  settled(): void {
    this.#isComplete = true;
    this.#resumed = undefined;
    this.changed();
  }

  /** Returns where a newly followed room continues; undefined if it begins with the next message. */
  cursorOf(userId: string | undefined, {room, membership, epoch, head}: RoomState): Cursor | undefined {
    if (this.#resumed === undefined || this.#resumed.userId !== userId) return undefined;
    // A room entered in the meantime has been followed from the first rev of the membership.
    const cursor = this.#resumed.rooms[room.id] ?? {epoch, rev: membership.joinedAt - 1};
    return cursor.rev >= 0 && cursor.rev <= head ? cursor : undefined;
  }

  changed(): void {
    if (this.#isComplete) this.#timer ??= setTimeout(() => this.save(), saveAfterMs);
  }

  /** Writes pending changes at once. */
  save(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const kept = this.#present();
    if (kept === undefined) return;
    const value = JSON.stringify(kept);
    // A failed write leaves older cursors. Messages then come twice, and the next change writes again.
    this.#writing = this.#writing.then(() => this.#store.set(key, value)).catch(() => undefined);
  }
}

/** Ignores a value that something else wrote. */
function parse(value: string | null | undefined): Kept | undefined {
  try {
    const kept = JSON.parse(value ?? 'null') as Kept | null;
    const isKept = typeof kept?.userId === 'string' && typeof kept.rooms === 'object' && kept.rooms !== null;
    return isKept ? kept : undefined;
  } catch {
    return undefined;
  }
}
