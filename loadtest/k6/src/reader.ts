/**
 * Follows one room's log on one connection by the reader's rules of docs/protocol.md. It records where the server breaks
 * its own rule: every connected reader receives the log without a gap and in order. It does no I/O.
 */
import type {Frame} from '@madang/protocol/log';
import type {Message} from '@madang/protocol/messages';

export type Cursor = {epoch: string; rev: number};

export type ReaderEvents = {
  /** Each message once, if the server keeps its promises. */
  message(message: Message): void;
  misordered(detail: string): void;
};

export class Reader {
  cursor: Cursor | undefined;
  readonly #events: ReaderEvents;

  constructor(events: ReaderEvents) {
    this.#events = events;
  }

  /** Applies the room's state in an answer of `session:start`. Returns true if `room:sync` must fetch what lies above. */
  state({epoch, head}: {epoch: string; head: number}): boolean {
    if (this.cursor?.epoch !== epoch) this.cursor = {epoch, rev: head};
    return head > this.cursor.rev;
  }

  /** Applies an event of the server. Returns true if `room:sync` must fetch what it left out. */
  live(frame: Frame, {isCatchingUp}: {isCatchingUp: boolean}): boolean {
    const {cursor} = this;
    if (!cursor) return false;
    if (frame.epoch !== cursor.epoch) return true;
    if (frame.head <= cursor.rev) return false;
    if (frame.after > cursor.rev) {
      if (!isCatchingUp)
        this.#events.misordered(`a gap: (${frame.after}, ${frame.head}] after ${cursor.rev}`);
      return true;
    }
    this.#apply(frame, cursor.rev);
    return false;
  }

  /** Applies an answer of `room:sync`, or a frame of `session:start`. Returns true while there is more. */
  answer(frame: Frame): boolean {
    const above = frame.reset || this.cursor?.epoch !== frame.epoch ? frame.after : this.cursor.rev;
    this.#apply(frame, above);
    return frame.more ?? false;
  }

  #apply(frame: Frame, above: number): void {
    let last = frame.after;
    for (const {rev, type, message} of frame.entries) {
      if (rev <= last || rev > frame.head) {
        this.#events.misordered(`rev ${rev} after ${last} in (${frame.after}, ${frame.head}]`);
      }
      last = rev;
      if (rev > above && type === 'message' && message) this.#events.message(message);
    }
    this.cursor = {epoch: frame.epoch, rev: frame.head};
  }
}
