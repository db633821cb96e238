/** The server did something that a chat server must never do, so the run does not count. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

type Passage = {payload: Buffer; messages: number};

/**
 * Checks that all listeners of a room are shown the same payloads in the same order.
 *
 * A payload is read once, when the first listener receives it. For everyone else, comparing bytes is enough. That makes
 * complete verification cheap enough to run during the measurement.
 */
export class Transcript {
  readonly #read: (payload: Buffer) => number;
  readonly #positions: number[] = [];
  #passages: Passage[] = [];

  /** `read` is called once for each payload, in order. It returns the number of messages in it, or throws a Violation. */
  constructor(read: (payload: Buffer) => number) {
    this.#read = read;
  }

  addListener(): number {
    return this.#positions.push(0) - 1;
  }

  /** Records what a listener received. Returns how many messages that were. */
  hear(listener: number, payload: Buffer): number {
    const position = this.#positions[listener]!;
    let passage = this.#passages[position];
    if (!passage) {
      passage = {payload, messages: this.#read(payload)};
      this.#passages.push(passage);
    } else if (!passage.payload.equals(payload)) {
      throw new Violation(`listener ${listener} was shown something else than another: ${payload}`);
    }
    this.#positions[listener] = position + 1;
    return passage.messages;
  }

  /** Drops what was received. All listeners must have received all of it. */
  forget(): void {
    const behind = this.#positions.findIndex((position) => position !== this.#passages.length);
    if (behind !== -1) throw new Violation(`listener ${behind} missed something`);
    this.#passages = [];
    this.#positions.fill(0);
  }
}
