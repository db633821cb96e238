import {ThreadCounts} from './thread-counts.ts';
import {annotated, answered, personal, withWishes, type Wish} from './annotations.ts';
import type {OutboxEntry} from './outbox.ts';
import type {Annotations, Calls, Cursor, Entry, Frame, Message, RoomState} from './wire.ts';

/** What a frame changed. Empty when it was ignored or kept for later. */
export type Applied = {
  /** The applied frames, in log order. A frame may fill the gap before frames that came early. */
  frames: Frame[];
  /** The applied entries, in rev order. */
  entries: Entry[];
  /** Messages that this reader had not seen, oldest first, without those deleted in the meantime. */
  messages: Message[];
  /** Deleted messages that this reader had seen, or could have seen. */
  deleted: Message[];
  /** Whether the timeline was dropped first. */
  reset: boolean;
};

/** Who received something: an answer to this reader has `mine`, a live frame does not. */
type Audience = 'everybody' | 'reader';

export type SyncRequest = Readonly<{roomId: string; epoch: string; after: number}>;
export type HistoryRequest = Readonly<{roomId: string; before: number; limit: number; generation: number}>;

// The most frames kept while the gap before them is fetched. Frames beyond that are fetched again, at the cost of a
// request.
const maxAhead = 64;
// Older messages are dropped, and message:list brings them back, because a reader who stays in a busy room for long needs
// some bound. History that the reader asked for is not counted, so the next message does not drop what they are reading.
const maxMessages = 5_000;
// Annotations of messages that are not held, kept for the page of history that may be on its way.
const maxEarly = 500;

/**
 * What is known of the log beyond the cursor, apart from the highest head that was heard of:
 * - `level`: nothing is known to be missing.
 * - `paging`: an answer said that there is more.
 * - `suspect`: something does not fit the log as held here, such as a frame of another epoch; only the server can tell.
 */
type Standing = 'level' | 'paging' | 'suspect';
const next: Readonly<Record<Standing, readonly Standing[]>> = {
  level: ['paging', 'suspect'],
  paging: ['level', 'suspect'],
  // The end of the pages lifts a suspicion; a page by itself does not.
  suspect: ['level'],
};

/**
 * One room as a reader holds it: the messages, the cursor, and whether the reader must ask for the log.
 *
 * It does no I/O: its owner sends its requests to a server and returns the answers. Frames may be lost, repeated or late.
 * The timeline equals the log once `needsSync` is false and the newest frame has arrived.
 */
export class Timeline {
  readonly roomId: string;
  #userId: string | undefined;
  #epoch: string;
  #rev: number;
  /** Every message with seq >= floor is held. */
  #floor: number;
  /** The room has dropped the messages below this seq. */
  #first = 0;
  #generation = 0;
  #kept = maxMessages;
  readonly #bySeq = new Map<number, Message>();
  #sorted: readonly Message[] | undefined;
  /** Messages after the last one of `#sorted`. A busy room is not sorted again for each of them. */
  #tail: Message[] = [];

  readonly #ahead: Frame[] = [];
  /** The highest head of this epoch that was received. */
  #wanted = 0;
  #standing: Standing = 'level';
  /** The request whose answer may settle what was known when it was sent. What is learned later survives the answer. */
  #asked: SyncRequest | undefined;
  #since = {wanted: 0, isSuspect: false};

  readonly #early = new Map<number, {rev: number; annotations: Annotations}>();
  readonly #wishes = new Set<Wish>();
  readonly #threads = new ThreadCounts();

  #queued: readonly OutboxEntry[] = [];
  readonly #logged = new Set<string>();
  readonly #acknowledged = new Map<string, {entry: OutboxEntry; seq: number}>();

  constructor(roomId: string, cursor: Cursor, userId?: string) {
    this.roomId = roomId;
    this.#userId = userId;
    this.#epoch = cursor.epoch;
    this.#rev = cursor.rev;
    this.#floor = cursor.rev + 1;
  }

  /** Sets the user of the timeline, if that was not known at first. */
  setUser(userId: string | undefined): void {
    this.#userId = userId;
    for (const message of this.#bySeq.values()) {
      this.#noteLogged(message);
      if (message.annotations) this.#bySeq.set(message.seq, this.#asRead(message, message.annotations));
    }
    this.#unsort();
  }

  /** The rev up to which this reader holds the log, and the epoch of that log. */
  get cursor(): Cursor {
    return {epoch: this.#epoch, rev: this.#rev};
  }

  get needsSync(): boolean {
    return this.#standing !== 'level' || this.#wanted > this.#rev;
  }

  /** The messages by seq, without gaps down to the oldest one loaded. Each change creates a new array. */
  get messages(): readonly Message[] {
    if (this.#sorted === undefined) {
      this.#sorted = [...this.#bySeq.values()]
        .filter(({seq}) => seq >= Math.max(this.#floor, this.#first))
        .sort((a, b) => a.seq - b.seq)
        .map((message) => this.#wished(message));
    } else if (this.#tail.length > 0) {
      this.#sorted = [...this.#sorted, ...this.#tail];
    }
    this.#tail = [];
    return this.#sorted;
  }

  /** The last of `messages`. */
  get newest(): Message | undefined {
    return this.#tail.at(-1) ?? this.messages.at(-1);
  }

  /** One of `messages`, by its seq. */
  find(seq: number): Message | undefined {
    const held = seq >= Math.max(this.#floor, this.#first) ? this.#bySeq.get(seq) : undefined;
    return held && this.#wished(held);
  }

  get hasEarlier(): boolean {
    return this.#floor > Math.max(1, this.#first);
  }

  /** Whether this reader holds every message above this seq that the room still has. */
  holdsAbove(seq: number): boolean {
    return this.#floor <= Math.max(seq + 1, this.#first);
  }

  /** One's own sends that are not in the log yet, in sending order. */
  get pending(): readonly OutboxEntry[] {
    const sent = [...this.#acknowledged.values()].map(({entry}) => entry);
    return [...sent, ...this.#queued.filter(({clientId}) => !this.#logged.has(clientId))];
  }

  /** Handles a live frame. It is applied only if it continues the cursor. */
  apply(frame: Frame): Applied {
    const applied = nothing();
    if (frame.epoch !== this.#epoch) {
      this.#suspect();
      this.#keep(frame);
    } else if (frame.head > this.#rev && frame.after <= this.#rev && this.#mayTake(frame)) {
      this.#take(frame, applied, 'everybody');
      this.#takeAhead(applied);
    } else if (frame.head > this.#rev) {
      this.#want(frame.head);
      this.#keep(frame);
    }
    return applied;
  }

  /**
   * A frame of an answer to `room:sync` or `session:start`; `request` is the one it answers.
   *
   * If a later request has overtaken this one, the frame's entries are applied, but it neither clears `needsSync` nor
   * drops messages.
   */
  applySync(frame: Frame, request: SyncRequest | undefined): Applied {
    const applied = nothing();
    const settles = request !== undefined && request === this.#asked;
    if (settles) this.#asked = undefined;

    const isForeign = frame.epoch !== this.#epoch || frame.after > this.#rev;
    if (frame.reset ? !settles : isForeign) {
      // The answer describes a timeline that has been replaced, or it is a reset that could undo a later answer.
      this.#enter('suspect');
      return applied;
    }
    if (frame.reset) {
      this.#reset(frame.epoch, frame.after);
      applied.reset = true;
    }
    if (applied.reset || frame.head > this.#rev) this.#take(frame, applied, 'reader');
    if (settles) this.#settle(frame.more ?? false);
    else if (frame.more && this.#standing === 'level') this.#enter('paging');
    this.#takeAhead(applied);
    return applied;
  }

  /**
   * Handles a RoomState: of joining (an acknowledgement or `room:joined`), or of `session:start`. Returns whether the
   * timeline was dropped.
   *
   * If the cursor is still valid it stays, and the gap is fetched. Moving the cursor to the state's head would leave a
   * hole.
   */
  applyState(state: RoomState, from: 'joined' | 'session'): boolean {
    const {epoch, head, membership, room} = state;
    const rejoined = from === 'joined' && membership.joinedAt > this.#rev + 1;
    if (epoch !== this.#epoch || rejoined) {
      this.#reset(epoch, head);
      this.#wanted = 0;
      // A pending answer is about the timeline before this one.
      this.#asked = undefined;
      this.#letGo(room.firstSeq);
      return true;
    }
    this.#letGo(room.firstSeq);
    if (head > this.#rev) this.#want(head);
    // The other node may only be behind. If the log itself lost its end, its epoch may not have changed yet.
    if (from === 'joined' && head < this.#rev) this.#suspect();
    return false;
  }

  /** Returns the input of `room:sync`, which is also a cursor of `session:start`. */
  syncRequest(): SyncRequest {
    this.#asked = {roomId: this.roomId, epoch: this.#epoch, after: this.#rev};
    this.#since = {wanted: 0, isSuspect: false};
    return this.#asked;
  }

  /** Returns the input of `message:list` for the page before the oldest message held. */
  historyRequest(limit = 50): HistoryRequest {
    return {roomId: this.roomId, before: this.#floor, limit, generation: this.#generation};
  }

  /** Adds a page of history. It never moves the cursor, and a page requested before a reset is ignored. */
  applyHistory(request: HistoryRequest, page: Calls['message:list']['result']): void {
    if (request.generation !== this.#generation || request.before !== this.#floor) return;
    for (const message of page.messages) this.#upsert(message, 'reader');
    this.#kept += page.messages.length;
    const oldest = Math.min(this.#floor, ...page.messages.map(({seq}) => seq));
    this.#floor = page.more && oldest < this.#floor ? oldest : 0;
    this.#unsort();
  }

  /**
   * Shows a reaction of the user's own at once. Call the returned function with the server's answer, or with nothing if the
   * server refused.
   */
  react(wish: Wish): (answer?: Calls['reaction:set']['result']) => void {
    for (const earlier of this.#wishes) {
      if (earlier.seq === wish.seq && earlier.emoji === wish.emoji) this.#wishes.delete(earlier);
    }
    this.#wishes.add(wish);
    this.#unsort();
    return (answer) => {
      this.#wishes.delete(wish);
      if (answer) this.#answer(wish.seq, answer);
      this.#unsort();
    };
  }

  /** Sets this room's part of the outbox, in sending order. */
  setPending(entries: readonly OutboxEntry[]): void {
    this.#queued = entries;
    for (const clientId of this.#logged) {
      if (!entries.some((entry) => entry.clientId === clientId)) this.#logged.delete(clientId);
    }
  }

  /** A send was acknowledged. It stays pending until the log has brought it, whichever of the two comes first. */
  acknowledge(entry: OutboxEntry, seq: number): void {
    if (seq > this.#rev) this.#acknowledged.set(entry.clientId, {entry: {...entry, state: 'sent'}, seq});
  }

  #take(frame: Frame, applied: Applied, audience: Audience): void {
    const before = this.#rev;
    applied.frames.push(frame);
    for (const entry of frame.entries) {
      if (entry.rev <= before) continue;
      applied.entries.push(entry);
      this.#letGo(entry.room?.firstSeq);
      if (entry.type === 'annotation') this.#annotate(entry);
      if (entry.message === undefined) continue;
      // An edit may bring a message never seen before, because an entry superseded while this reader was away is not sent.
      if (entry.type === 'delete' && entry.message.seq <= before) applied.deleted.push(entry.message);
      const isNew = entry.message.seq > before && !this.#bySeq.has(entry.message.seq);
      if (isNew && entry.message.deletedAt === undefined) applied.messages.push(entry.message);
      this.#upsert(entry.message, audience);
    }
    this.#rev = frame.head;
    for (const [clientId, {seq}] of this.#acknowledged) {
      if (seq <= this.#rev) this.#acknowledged.delete(clientId);
    }
    this.#trim();
  }

  /**
   * A page of the log that is not the last one has no edits that a later annotation has superseded. Until the last page has
   * come, an annotation alone would leave the old text on its message.
   */
  #mayTake({entries}: Frame): boolean {
    return this.#standing === 'level' || entries.every(({type}) => type !== 'annotation');
  }

  #takeAhead(applied: Applied): void {
    for (let taken = true; taken;) {
      taken = false;
      for (const frame of this.#ahead.splice(0)) {
        if (frame.epoch !== this.#epoch) this.#ahead.push(frame);
        else if (frame.head <= this.#rev) continue;
        else if (frame.after > this.#rev || !this.#mayTake(frame)) this.#ahead.push(frame);
        else {
          this.#take(frame, applied, 'everybody');
          taken = true;
        }
      }
    }
  }

  #upsert(told: Message, audience: Audience): void {
    if (told.seq < this.#first) return;
    const held = this.#bySeq.get(told.seq);
    this.#threads.note(told);
    if (told.threadOf !== undefined) this.#recountThread(told.threadOf);
    if (held !== undefined && held.rev >= told.rev) {
      this.#recountThread(told.seq);
      // A live change of a message that was not loaded did not say what is this reader's own on it.
      if (audience === 'reader' && held.annotations && held.seq < this.#floor) {
        this.#bySeq.set(held.seq, this.#asRead(held, told.annotations));
      }
      return;
    }
    const message = this.#withEarly(
      told.annotations && audience === 'everybody' ? this.#asRead(told, held?.annotations) : told,
    );
    this.#bySeq.set(message.seq, this.#threads.shownOn(message));
    const last = this.#tail.at(-1) ?? this.#sorted?.at(-1);
    if (last !== undefined && message.seq > last.seq) this.#tail.push(this.#bySeq.get(message.seq)!);
    else this.#unsort();
    this.#noteLogged(message);
  }

  /** The thread of a message that is held may have grown, or a page of history has said how long it is. */
  #recountThread(rootSeq: number): void {
    const held = this.#bySeq.get(rootSeq);
    if (held === undefined) return;
    const counted = this.#threads.shownOn(held);
    if (counted === held) return;
    this.#bySeq.set(rootSeq, counted);
    this.#unsort();
  }

  /** A message that everybody received, as this reader shows it. */
  #asRead(message: Message, before: Annotations | undefined): Message {
    return annotated(message, personal(message.annotations ?? {}, before, this.#userId), message.rev);
  }

  /** An entry with the current annotations of a message, whose text has not changed. */
  #annotate({rev, seq = 0, annotations = {}}: Entry): void {
    const held = this.#bySeq.get(seq);
    if (held !== undefined && held.rev < rev) {
      this.#bySeq.set(seq, annotated(held, personal(annotations, held.annotations, this.#userId), rev));
      this.#unsort();
    } else if (held === undefined) {
      this.#early.delete(seq);
      this.#early.set(seq, {rev, annotations});
      if (this.#early.size > maxEarly) this.#early.delete(this.#early.keys().next().value!);
    }
  }

  /** A page of history may be older than an entry that came before it. */
  #withEarly(message: Message): Message {
    const early = this.#early.get(message.seq);
    this.#early.delete(message.seq);
    if (early === undefined || early.rev <= message.rev) return message;
    return annotated(message, personal(early.annotations, message.annotations, this.#userId), early.rev);
  }

  #answer(seq: number, answer: Calls['reaction:set']['result']): void {
    const held = this.#bySeq.get(seq);
    if (held !== undefined) this.#bySeq.set(seq, answered(held, answer, this.#userId));
  }

  #wished(message: Message): Message {
    if (this.#wishes.size === 0) return message;
    const wishes = [...this.#wishes].filter(({seq}) => seq === message.seq);
    return wishes.length === 0 ? message : withWishes(message, wishes, this.#userId);
  }

  #unsort(): void {
    this.#sorted = undefined;
    this.#tail = [];
  }

  /** Drops the messages below this seq, including those that a pending answer still brings. */
  #letGo(firstSeq = 0): void {
    if (firstSeq <= this.#first) return;
    this.#first = firstSeq;
    for (const seq of this.#bySeq.keys()) if (seq < firstSeq) this.#bySeq.delete(seq);
    this.#unsort();
  }

  /** Sends that the log has brought are no longer pending. */
  #noteLogged({sender, clientId}: Message): void {
    const isMine = sender.id === this.#userId;
    if (isMine && this.#queued.some((entry) => entry.clientId === clientId)) this.#logged.add(clientId);
  }

  /** An answer is a snapshot taken after its request, so it contains everything that was known before the request. */
  #settle(more: boolean): void {
    if (more) {
      if (this.#standing === 'level') this.#enter('paging');
      return;
    }
    this.#wanted = this.#since.wanted;
    this.#enter(this.#since.isSuspect ? 'suspect' : 'level');
    if (this.#standing === 'suspect') return;
    const current = this.#ahead.filter(({epoch}) => epoch === this.#epoch);
    this.#ahead.splice(0, this.#ahead.length, ...current);
  }

  #want(head: number): void {
    this.#wanted = Math.max(this.#wanted, head);
    this.#since.wanted = Math.max(this.#since.wanted, head);
  }

  #suspect(): void {
    this.#since.isSuspect = true;
    this.#enter('suspect');
  }

  #enter(standing: Standing): void {
    const from = this.#standing;
    if (standing !== from && !next[from].includes(standing))
      throw new Error(`a timeline goes from ${from} to ${standing}`);
    this.#standing = standing;
  }

  #keep(frame: Frame): void {
    this.#ahead.push(frame);
    if (this.#ahead.length > maxAhead) this.#ahead.shift();
  }

  #reset(epoch: string, rev: number): void {
    this.#generation += 1;
    if (epoch !== this.#epoch) this.#first = 0;
    this.#epoch = epoch;
    this.#rev = rev;
    this.#floor = rev + 1;
    this.#enter('level');
    this.#kept = maxMessages;
    this.#acknowledged.clear();
    this.#bySeq.clear();
    this.#early.clear();
    this.#threads.clear();
    this.#unsort();
  }

  #trim(): void {
    // A tenth at a time, because sorting for each message of a busy room would cost more than it frees.
    if (this.#bySeq.size < this.#kept * 1.1) return;
    const seqs = [...this.#bySeq.keys()].sort((a, b) => b - a);
    for (const seq of seqs.slice(this.#kept)) this.#bySeq.delete(seq);
    this.#floor = Math.max(this.#floor, seqs[this.#kept - 1]!);
    this.#unsort();
  }
}

const nothing = (): Applied => ({frames: [], entries: [], messages: [], deleted: [], reset: false});
