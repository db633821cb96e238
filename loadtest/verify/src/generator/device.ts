import type {History} from '../history/history.ts';

/** Whose device, and how it is called in what is reported. */
export type Owner = {userId: string; session: string; device: string};

/** Something that follows rooms for a user, over any number of connections. */
export type Device = {
  readonly owner: Owner;
  readonly isOnline: boolean;
  /** The rev up to which it holds a room; undefined where it follows none. */
  position(roomId: string): number | undefined;
  close(): void;
};

/** The open connection of a device, as the history notes it. */
export class ConnectionNote {
  readonly #history: History;
  readonly #owner: Owner;
  #close: ReturnType<History['connected']> | undefined;
  /** Counts the connections. */
  count = 0;

  constructor(history: History, owner: Owner) {
    this.#history = history;
    this.#owner = owner;
  }

  opened(): void {
    this.closed();
    this.count += 1;
    this.#close = this.#history.connected(this.#owner.device, this.#owner.session);
  }

  closed(end?: {isGivenUp: boolean}): void {
    this.#close?.(end);
    this.#close = undefined;
  }
}
