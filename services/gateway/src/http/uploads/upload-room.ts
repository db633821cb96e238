/**
 * A node's memory for the bodies of uploads. A body takes as much as has arrived of it, and each user has one at a
 * time. If memory runs out, the slowest body is dropped, so a client cannot hold memory without sending.
 */
import {ChatError} from '@madang/protocol/errors';

/** How long a burst counts in the measured speed of a body. */
const smoothedOverMs = 3_000;

export type Share = {
  /** Takes memory for received bytes. Throws `overloaded` if this body is the one to be dropped. */
  take(bytes: number): void;
  /** The body is complete: its memory is no longer taken away. */
  settle(): void;
  free(): void;
};

type Body = {bytes: number; recent: number; at: number; isComing: boolean; giveWay(error: ChatError): void};

export class UploadRoom {
  readonly #bodies = new Set<Body>();
  readonly #maxBytes: number;
  /** Monotonic, milliseconds. */
  readonly #now: () => number;
  #used = 0;

  constructor(maxBytes: number, now = () => performance.now()) {
    this.#maxBytes = maxBytes;
    this.#now = now;
  }

  /** `giveWay` is called when another body needs the memory. */
  enter(giveWay: (error: ChatError) => void): Share {
    const body: Body = {bytes: 0, recent: 0, at: this.#now(), isComing: true, giveWay};
    this.#bodies.add(body);
    return {
      take: (bytes) => this.#take(body, bytes),
      settle: () => void (body.isComing = false),
      free: () => this.#free(body),
    };
  }

  #take(body: Body, bytes: number): void {
    const now = this.#now();
    body.recent = rateOf(body, now) + bytes;
    body.at = now;
    while (this.#used + bytes > this.#maxBytes) {
      const slowest = this.#slowest(now);
      const error = new ChatError('overloaded', {retryAfterMs: 2_000});
      if (slowest === undefined || slowest === body) throw error;
      this.#free(slowest);
      slowest.giveWay(error);
    }
    this.#used += bytes;
    body.bytes += bytes;
  }

  #slowest(now: number): Body | undefined {
    const coming = [...this.#bodies].filter(({isComing}) => isComing);
    return coming.toSorted((a, b) => rateOf(a, now) - rateOf(b, now))[0];
  }

  #free(body: Body): void {
    if (!this.#bodies.delete(body)) return;
    this.#used -= body.bytes;
    body.bytes = 0;
  }
}

function rateOf({recent, at}: Body, now: number): number {
  return recent * Math.exp((at - now) / smoothedOverMs);
}
