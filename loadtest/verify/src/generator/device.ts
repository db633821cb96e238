import type {History} from '../history/history.ts';

/** The user of a device, and its name in reports. */
export type Owner = {userId: string; session: string; device: string};

/** A client that follows rooms for a user, across any number of connections. */
export type Device = {
  readonly owner: Owner;
  readonly isOnline: boolean;
  /** Returns the rev up to which it holds a room, or undefined if it does not follow the room. */
  position(roomId: string): number | undefined;
  close(): void;
};

/** Records the open connection of a device in the history. */
export class ConnectionNote {
  readonly #history: History;
  readonly #owner: Owner;
  #close: ReturnType<History['connected']> | undefined;
  /** The number of connections so far. */
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
