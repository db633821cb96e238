import type {Span, Stored, StoredMembership, StoredMessage, StoredRoom} from '../history/stored.ts';

/** One room's log as Postgres stores it. */
export type Log = {
  room: StoredRoom;
  bySeq: Map<number, StoredMessage>;
  seqs: number[];
  /** Seqs of messages that nobody has edited or deleted. A reader that covers such a rev must have seen it. */
  unchanged: number[];
};

/** What is stored, indexed for look-ups. */
export class Truth {
  readonly logs = new Map<string, Log>();
  readonly messages: StoredMessage[];
  readonly spans: Span[];
  readonly #spansOf = new Map<string, Span[]>();
  readonly #memberships = new Map<string, StoredMembership>();

  constructor({rooms, messages, spans, memberships}: Stored) {
    this.messages = messages;
    this.spans = spans;
    for (const room of rooms) this.logs.set(room.id, {room, bySeq: new Map(), seqs: [], unchanged: []});
    for (const message of messages) {
      const log = this.logs.get(message.roomId);
      if (!log) continue;
      log.bySeq.set(message.seq, message);
      log.seqs.push(message.seq);
      if (message.rev === message.seq) log.unchanged.push(message.seq);
    }
    for (const span of spans) {
      const key = `${span.userId} ${span.roomId}`;
      this.#spansOf.set(key, [...(this.#spansOf.get(key) ?? []), span]);
    }
    for (const membership of memberships) {
      this.#memberships.set(`${membership.userId} ${membership.roomId}`, membership);
    }
  }

  /** Whether the user was in the room at this rev. */
  wasMember(userId: string, roomId: string, rev: number): boolean {
    return this.spansOf(userId, roomId).some(
      ({joinedAt, leftAt}) => joinedAt <= rev && (leftAt === null || rev < leftAt),
    );
  }

  spansOf(userId: string, roomId: string): Span[] {
    return this.#spansOf.get(`${userId} ${roomId}`) ?? [];
  }

  membership(userId: string, roomId: string): StoredMembership | undefined {
    return this.#memberships.get(`${userId} ${roomId}`);
  }
}

/** Returns the part of a sorted list in (after, head]. */
export function within(sorted: readonly number[], after: number, head: number): number[] {
  return sorted.slice(firstAbove(sorted, after), firstAbove(sorted, head));
}

function firstAbove(sorted: readonly number[], value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
