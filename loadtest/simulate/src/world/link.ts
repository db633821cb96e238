/**
 * A WebSocket between a client and a node. It is ordered in both directions until it is cut, and each end notices that
 * itself.
 */
import type {Random} from '@madang/verify/random';
import type {Clock} from './clock.ts';
import type {Owner} from './task-queue.ts';

export type End = {
  readonly owner: Owner;
  receive(message: unknown): void;
  closed(): void;
};

export class Link {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ends: [End | undefined, End | undefined] = [undefined, undefined];
  readonly #lastAt = [0, 0];
  #isCut = false;
  readonly #isClosed = [false, false];
  /** The number of packets that still reach the client before the link breaks. */
  #left = Infinity;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** End 0 is the client's. */
  attach(side: 0 | 1, end: End): void {
    this.#ends[side] = end;
  }

  /** Breaks the link once this many packets have reached the client. */
  breakAfter(packets: number): void {
    this.#left = packets;
  }

  /** Sends from this side to the other one, as JSON. */
  send(from: 0 | 1, text: string): void {
    if (!this.#isCut) this.#inOrder(from, (end) => end.receive(JSON.parse(text)));
  }

  /** One side closes. The other side learns about it after what was sent before. */
  close(from: 0 | 1): void {
    if (this.#isCut) return;
    this.#inOrder(from, () => this.#end((1 - from) as 0 | 1));
    this.#isCut = true;
    this.#end(from);
  }

  /** Breaks the link and loses what is in transit. A side may take long to notice. */
  cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    for (const side of [0, 1] as const) {
      const delayMs =
        this.#random.next() < 0.7 ? this.#random.between(0, 50) : this.#random.between(50, 3_000);
      const {owner} = this.#ends[side] ?? {};
      if (owner) this.#clock.schedule(owner, delayMs, () => this.#end(side));
    }
    this.#lastAt.fill(Infinity);
  }

  #inOrder(from: 0 | 1, arrive: (end: End) => void): void {
    const end = this.#ends[1 - from];
    if (!end) return;
    const delayMs = this.#random.next() < 0.05 ? this.#random.between(5, 200) : this.#random.between(0.1, 5);
    const at = (this.#lastAt[from] = Math.max(this.#lastAt[from]!, this.#clock.now + delayMs));
    this.#clock.schedule(end.owner, at - this.#clock.now, () => {
      // Packets in transit were lost when the link broke.
      if (this.#lastAt[from] === Infinity) return;
      arrive(end);
      if (from === 1 && --this.#left === 0) this.cut();
    });
  }

  #end(side: 0 | 1): void {
    if (this.#isClosed[side]) return;
    this.#isClosed[side] = true;
    this.#ends[side]?.closed();
  }
}
