/**
 * Replays each device's records by the reader's rules of docs/protocol.md, without any code of the SDK. Each stretch must
 * continue the one before, and at the end the reader must hold what is stored.
 */
import type {History} from '../history/history.ts';
import type {ShownEntry, Stretch, Track} from '../history/track.ts';
import {within, type Truth} from './truth.ts';
import {seconds, short, type Violation} from './violation.ts';

type Cursor = {epoch: string; rev: number};

/** `present`: devices that were connected at the end, and had the promised time to catch up. */
export function checkReaders(
  history: History,
  truth: Truth,
  present: ReadonlySet<string> = new Set(),
): Violation[] {
  return [...history.tracks.values()].flatMap((track) => {
    const replay = new Replay(history, truth, track);
    return replay.run(present.has(track.device));
  });
}

class Replay {
  readonly #history: History;
  readonly #truth: Truth;
  readonly #track: Track;
  readonly #violations: Violation[] = [];
  #cursor: Cursor | undefined;
  /** The reader holds the messages above this rev. */
  #floor = 0;
  readonly #held = new Map<number, ShownEntry>();
  /** The rev of what was last put on a message, which may come before the message. */
  readonly #annotated = new Map<number, number>();
  /** The rev up to which this connection has received the room live. */
  #heard: (Cursor & {connection: number}) | undefined;
  #hasLeft = false;
  /** The range that a `joined` state skipped, from above `after`. Only an answer that was pending can bring it. */
  #owed: {after: number; by: Stretch} | undefined;
  #last: Stretch | undefined;

  constructor(history: History, truth: Truth, track: Track) {
    this.#history = history;
    this.#truth = truth;
    this.#track = track;
  }

  run(isPresent: boolean): Violation[] {
    for (const stretch of this.#track.stretches) {
      // Only the first break is reported, because the later ones follow from it.
      if (this.#violations.length > 0) break;
      this.#take(stretch);
      this.#last = stretch;
    }
    if (isPresent && this.#owed && this.#violations.length === 0) this.#tellSkipped(this.#owed);
    if (isPresent && !this.#hasLeft && this.#violations.length === 0) this.#compare();
    return this.#violations;
  }

  #take(stretch: Stretch): void {
    // Answers end with their connection, so skipped ones do not arrive later.
    if (this.#owed && stretch.connection !== this.#owed.by.connection) return this.#tellSkipped(this.#owed);
    switch (stretch.via) {
      case 'joined':
        return this.#join(stretch);
      case 'session':
        return this.#resume(stretch);
      case 'live':
        return this.#live(stretch);
      case 'answer':
      case 'applied':
        return this.#answer(stretch);
      case 'left':
        this.#hasLeft = true;
        this.#heard = undefined;
        this.#cursor = undefined;
        this.#owed = undefined;
    }
  }

  #join(stretch: Stretch): void {
    const {epoch, head, joinedAt, connection} = stretch;
    const goesOn = this.#cursor?.epoch === epoch && joinedAt <= this.#cursor.rev + 1;
    if (!goesOn) this.#begin({epoch, rev: head});
    else if (head > this.#cursor!.rev) {
      this.#owed = {after: this.#owed?.after ?? this.#cursor!.rev, by: stretch};
      this.#cursor = {epoch, rev: head};
    }
    this.#hear({epoch, rev: head, connection});
  }

  #resume(stretch: Stretch): void {
    const {epoch, head, connection} = stretch;
    if (this.#cursor?.epoch !== epoch) this.#begin({epoch, rev: head});
    this.#hear({epoch, rev: head, connection});
  }

  #begin(cursor: Cursor): void {
    this.#cursor = cursor;
    this.#floor = cursor.rev;
    this.#held.clear();
    this.#annotated.clear();
    this.#owed = undefined;
  }

  #hear(heard: Cursor & {connection: number}): void {
    this.#hasLeft = false;
    this.#heard = heard;
  }

  /** Each `room:log` of a connection must continue the one before: no gap, never out of order, none twice. */
  #live(stretch: Stretch): void {
    const {epoch, after, head, connection} = stretch;
    const heard = this.#heard;
    if (heard?.connection !== connection) {
      return this.#break('gap', stretch, 'comes before the RoomState, or after the end of the membership');
    }
    if (heard.epoch === epoch && heard.rev !== after) {
      return this.#break('gap', stretch, `does not continue rev ${heard.rev}`);
    }
    this.#heard = {epoch, rev: head, connection};
    const cursor = this.#cursor;
    if (cursor?.epoch !== epoch || head <= cursor.rev || after > cursor.rev) return;
    this.#apply(stretch, cursor.rev);
  }

  #answer(stretch: Stretch): void {
    const {epoch, after, head, reset} = stretch;
    const cursor = this.#cursor;
    if (reset) {
      this.#begin({epoch, rev: after});
      return this.#apply(stretch, after);
    }
    // The answer is about a membership that has ended in the meantime.
    if (!cursor) return;
    if (cursor.epoch !== epoch)
      return this.#break('gap', stretch, `is of epoch ${epoch}, not ${cursor.epoch}`);
    if (after > cursor.rev) return this.#break('gap', stretch, `leaves out (${cursor.rev}, ${after}]`);
    const owed = this.#owed && after <= this.#owed.after ? this.#owed : undefined;
    const from = owed?.after ?? cursor.rev;
    if (head > from) this.#apply(stretch, from);
    if (owed) this.#owed = head < owed.by.head ? {...owed, after: Math.max(from, head)} : undefined;
  }

  #apply(stretch: Stretch, from: number): void {
    const {epoch, head, entries} = stretch;
    const shown = new Set<number>();
    let last = stretch.after;
    for (const index of entries) {
      const entry = this.#history.entries[index]!;
      if (entry.rev <= last || entry.rev > head) {
        return this.#break('order', stretch, `has rev ${entry.rev} after ${last}`);
      }
      last = entry.rev;
      if (entry.seq === undefined) continue;
      if (entry.type === 'annotation') {
        this.#annotated.set(entry.seq, entry.rev);
        continue;
      }
      shown.add(entry.seq);
      const held = this.#held.get(entry.seq);
      if (!held || held.rev < entry.rev) this.#held.set(entry.seq, entry);
    }
    const missing = this.#unchangedWithin(from, head).find((seq) => !shown.has(seq));
    if (missing !== undefined) {
      return this.#break('lost', stretch, `covers rev ${missing} without the message that is stored there`);
    }
    this.#cursor = {epoch, rev: Math.max(this.#cursor!.rev, head)};
  }

  #unchangedWithin(after: number, head: number): number[] {
    return within(this.#truth.logs.get(this.#track.roomId)?.unchanged ?? [], after, head);
  }

  /** A member who was present at the end must hold the log to its end, and the last state of each message. */
  #compare(): void {
    const {roomId, userId, device} = this.#track;
    const log = this.#truth.logs.get(roomId);
    if (!log || log.room.isClosed || !this.#truth.membership(userId, roomId)) return;
    if (this.#cursor === undefined) return;
    const {epoch} = log.room;
    if (this.#cursor.epoch !== epoch) {
      const of = `epoch ${this.#cursor.epoch} of room ${short(roomId)}`;
      this.#tell('lost', `${device} ended with ${of}, whose log is now of epoch ${epoch}`);
      return;
    }
    if (this.#cursor.rev < log.room.head) {
      this.#tell(
        'lost',
        `${device} ended at rev ${this.#cursor.rev} of room ${short(roomId)}, which is at ${log.room.head}`,
      );
      return;
    }
    for (const seq of within(log.seqs, this.#floor, this.#cursor.rev)) {
      const stored = log.bySeq.get(seq)!;
      const held = this.#held.get(seq);
      if (held && Math.max(held.rev, this.#annotated.get(seq) ?? 0) === stored.rev) continue;
      const has = held ? `rev ${held.rev} of it` : 'nothing';
      this.#tell(
        'lost',
        `${device} has ${has} at seq ${seq} of room ${short(roomId)}; stored is rev ${stored.rev}`,
      );
      return;
    }
  }

  #tellSkipped({after, by}: {after: number; by: Stretch}): void {
    this.#break('gap', by, `skips what is above rev ${after}, and nothing brought it`);
  }

  #break(invariant: 'gap' | 'lost' | 'order', stretch: Stretch, how: string): void {
    const {device, roomId} = this.#track;
    const {via, after, head, connection} = stretch;
    this.#tell(
      invariant,
      `${device}: ${via} (${after}, ${head}] of room ${short(roomId)}, connection ${connection}, ${how}`,
    );
    this.#violations[0]!.evidence.push(describeStretch(stretch));
  }

  #tell(invariant: Violation['invariant'], what: string): void {
    const evidence = this.#last ? [describeStretch(this.#last)] : [];
    this.#violations.push({invariant, what, evidence});
  }
}

function describeStretch({at, via, connection, epoch, after, head, entries, reset}: Stretch): string {
  const how = reset ? ' with a reset' : '';
  return `${seconds(at)}: ${via} of connection ${connection}: epoch ${epoch}, (${after}, ${head}], ${entries.length} entries${how}`;
}
