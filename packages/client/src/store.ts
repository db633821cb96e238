import {beforeNextFrame} from './frame-clock.ts';

/** A value to show. Both functions may be passed on by themselves, as to React's `useSyncExternalStore`. */
export type Store<Snapshot> = {
  /**
   * Calls the listener after the snapshot has changed, at most once a frame. The returned function unsubscribes. Outside
   * browsers a frame is 16 ms.
   */
  readonly subscribe: (listener: () => void) => () => void;
  /** Returns the current value: frozen, and the same object until something in it changes. */
  readonly snapshot: () => Snapshot;
};

/** Notifies the stores' listeners of all changes of one frame together, so that a page draws them together. */
export class Announcements {
  readonly #due = new Set<() => void>();

  plan(tell: () => void): void {
    if (this.#due.size === 0) beforeNextFrame(() => this.#tell());
    this.#due.add(tell);
  }

  #tell(): void {
    const due = [...this.#due];
    this.#due.clear();
    for (const tell of due) tell();
  }
}

export type LiveStoreOptions<Snapshot> = {
  announcements: Announcements;
  /** The snapshot before anything is known. */
  empty: Snapshot;
  /** Makes the snapshot from the last one. Returns the last one itself if nothing in it changed. */
  read: (before: Snapshot) => Snapshot;
  /** Begins work that is done only while somebody listens. The returned function ends it. */
  watch?: () => () => void;
};

/** A store that makes its snapshot again only after something may have changed. */
export class LiveStore<Snapshot> implements Store<Snapshot> {
  readonly #options: LiveStoreOptions<Snapshot>;
  readonly #listeners = new Set<() => void>();
  #snapshot: Snapshot;
  #told: Snapshot;
  #isStale = false;
  #unwatch: (() => void) | undefined;

  constructor(options: LiveStoreOptions<Snapshot>) {
    this.#options = options;
    this.#snapshot = options.empty;
    this.#told = options.empty;
  }

  readonly snapshot = (): Snapshot => {
    if (this.#isStale) {
      this.#isStale = false;
      this.#snapshot = this.#options.read(this.#snapshot);
    }
    return this.#snapshot;
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    if (this.#listeners.size === 0) this.#told = this.snapshot();
    // Wrapped, so that the same function subscribed twice is unsubscribed one at a time.
    const entry = () => listener();
    this.#listeners.add(entry);
    queueMicrotask(this.#settle);
    return () => {
      this.#listeners.delete(entry);
      queueMicrotask(this.#settle);
    };
  };

  /** Something that the store shows may have changed. */
  changed(): void {
    this.#isStale = true;
    if (this.#listeners.size > 0) this.#options.announcements.plan(this.#tell);
  }

  readonly #tell = (): void => {
    const now = this.snapshot();
    if (now === this.#told) return;
    this.#told = now;
    for (const listener of Array.from(this.#listeners)) {
      try {
        listener();
      } catch (error) {
        // As any event target does, it reports the error as uncaught once all other listeners have been called.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  };

  /** Runs later than `subscribe`, because React's StrictMode subscribes, unsubscribes and subscribes in a row. */
  readonly #settle = (): void => {
    const isWatched = this.#listeners.size > 0;
    if (isWatched && this.#unwatch === undefined) this.#unwatch = this.#options.watch?.();
    if (isWatched) return;
    this.#unwatch?.();
    this.#unwatch = undefined;
  };
}
