/**
 * Events on their way to this node's sockets while it may be stale. Who may see them is decided by socketRooms, and
 * those are right only once the node has looked at what was revoked and who has left since: it wakes from a pause with
 * everything in its inbox that others have sent meanwhile. So they wait, in order.
 */

/** Kept for so many; what is older than these is no news to anyone once it could be shown. */
const maxHeld = 1_000;

export class HeldEvents {
  readonly #mayShow: () => boolean;
  #held: (() => void)[] = [];

  constructor(mayShow: () => boolean) {
    this.#mayShow = mayShow;
  }

  /** Shows it, now or once the node is up to date. */
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
