/**
 * Holds events for this node's sockets while the node may be stale. The socketRooms decide who sees an event. After a
 * pause they are wrong until the node has read what was revoked and who has left. But everything that other nodes sent
 * during the pause arrives at once. So events wait here, in order.
 */

/** The number of events kept. Older ones are no longer news by the time they can be shown. */
const maxHeld = 1_000;

export class HeldEvents {
  readonly #mayShow: () => boolean;
  #held: (() => void)[] = [];

  constructor(mayShow: () => boolean) {
    this.#mayShow = mayShow;
  }

  /** Shows the event, now or once the node is up to date. */
  show(show: () => void): void {
    if (this.#mayShow()) return show();
    this.#held.push(show);
    if (this.#held.length > maxHeld) this.#held.shift();
  }

  /** The node is up to date again. */
  release(): void {
    for (const show of this.#held.splice(0)) show();
  }
}
