import type {Cursor, RoomState} from './wire.ts';

/**
 * Where a client keeps how far it has come, over restarts: a `Map`, `localStorage` behind two functions, a file. Both may
 * answer with a promise.
 */
export type CursorStore = {
  get(key: string): string | null | undefined | Promise<string | null | undefined>;
  set(key: string, value: string): unknown;
};

type Kept = {userId: string; rooms: Readonly<Record<string, Cursor>>};

const key = 'madang.cursors';
/** What comes within this time is written at once. */
const saveAfterMs = 200;

/**
 * Keeps the cursors of all rooms of one user in a store, and gives them back to a later client.
 *
 * A cursor is written after the messages up to it were told. So a client that ended in between is told some again, and none
 * is missing.
 */
export class CursorKeeper {
  readonly #store: CursorStore;
  readonly #present: () => Kept | undefined;
  #resumed: Kept | undefined;
  /** Until every room has been listed, the store knows more than the client does. */
  #isComplete = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(store: CursorStore, present: () => Kept | undefined) {
    this.#store = store;
    this.#present = present;
  }

  /** Before the rooms are asked for. Rejects where the store fails: without it, messages would be passed over. */
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

  /** From where a room goes on that this client has not held; undefined where it begins with what comes. */
  cursorOf(userId: string | undefined, {room, membership, epoch, head}: RoomState): Cursor | undefined {
    if (this.#resumed === undefined || this.#resumed.userId !== userId) return undefined;
    // A room that was entered meanwhile has been heard from the first rev of the membership on.
    const cursor = this.#resumed.rooms[room.id] ?? {epoch, rev: membership.joinedAt - 1};
    return cursor.rev >= 0 && cursor.rev <= head ? cursor : undefined;
  }

  changed(): void {
    if (this.#isComplete) this.#timer ??= setTimeout(() => this.save(), saveAfterMs);
  }

  /** Writes at once what is waiting to be written. */
  save(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const kept = this.#present();
    if (kept === undefined) return;
    const value = JSON.stringify(kept);
    // One that fails leaves older cursors: messages come twice then, and the next change writes again.
    this.#writing = this.#writing.then(() => this.#store.set(key, value)).catch(() => undefined);
  }
}

/** What was written by something else counts as nothing. */
function parse(value: string | null | undefined): Kept | undefined {
  try {
    const kept = JSON.parse(value ?? 'null') as Kept | null;
    const isKept = typeof kept?.userId === 'string' && typeof kept.rooms === 'object' && kept.rooms !== null;
    return isKept ? kept : undefined;
  } catch {
    return undefined;
  }
}
