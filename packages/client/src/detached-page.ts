import {annotated, answered, personal, withWishes, type Wish} from './annotations.ts';
import {keepFields, keepItems} from './same.ts';
import {LiveStore, type Announcements, type Store} from './store.ts';
import {ThreadCounts} from './thread-counts.ts';
import type {Annotations, Calls, Entry, Frame, Message, User} from './wire.ts';

/** The part of a room's history that a detached page holds. */
export type DetachedSnapshot = {
  /** Sorted by `seq`, without gaps. An unchanged message keeps its object. */
  readonly messages: readonly Message[];
  /** Whether `loadEarlier` has more to load. */
  readonly hasEarlier: boolean;
  /** Whether `loadLater` has more to load. */
  readonly hasLater: boolean;
};

/** The parts of a client that its detached pages need. */
export type DetachedSources = {
  readonly user: User | undefined;
  call(name: 'message:list', input: Calls['message:list']['input']): Promise<Calls['message:list']['result']>;
};

type Place = {around: number} | {before: number} | {after: number};

const pageSize = 50;
const nothing: DetachedSnapshot = Object.freeze({
  messages: Object.freeze([]),
  hasEarlier: false,
  hasLater: false,
});

/**
 * A part of a room's history that is held apart from the newest messages, made by `client.openAround`.
 *
 * New messages do not join it until `loadLater` brings them. Changes of its messages show as they come: edits, deletions
 * and annotations. Close it once nobody looks at it any more.
 */
export class DetachedPage {
  readonly roomId: string;
  /** The message around which the page was opened. It may not exist any more. */
  readonly seq: number;
  readonly #client: DetachedSources;
  readonly #onClose: (page: DetachedPage) => void;
  readonly #store: LiveStore<DetachedSnapshot>;
  readonly #bySeq = new Map<number, Message>();
  readonly #threads = new ThreadCounts();
  readonly #wishes = new Set<Wish>();
  #hasEarlier = false;
  #hasLater = false;
  #epoch: string | undefined;
  /** The room has dropped the messages below this seq. */
  #first = 0;
  /** An answer is ignored if the page was read again, or closed, after the request. */
  #generation = 0;
  #asking = 0;
  /** What came while an answer was on its way: the answer may be older. */
  #meanwhile: Entry[] = [];

  constructor(
    client: DetachedSources,
    announcements: Announcements,
    at: {roomId: string; seq: number},
    onClose: (page: DetachedPage) => void,
  ) {
    this.#client = client;
    this.roomId = at.roomId;
    this.seq = at.seq;
    this.#onClose = onClose;
    this.#store = new LiveStore({
      announcements,
      empty: nothing,
      read: (before) =>
        keepFields(before, {
          messages: keepItems(before.messages, this.#shown(), ({seq}) => seq),
          hasEarlier: this.#hasEarlier,
          hasLater: this.#hasLater,
        }),
    });
  }

  /** What to show of the page. */
  get store(): Store<DetachedSnapshot> {
    return this.#store;
  }

  /** Reads the page around its message, and forgets what it held. */
  async load(): Promise<void> {
    this.#generation += 1;
    const page = await this.#read({around: this.seq});
    if (page === undefined) return;
    this.#bySeq.clear();
    this.#threads.clear();
    this.#hasEarlier = page.more;
    this.#hasLater = page.moreAfter ?? false;
    this.#add(page.messages);
  }

  /** Loads the messages before the oldest one. Throws CallError. */
  async loadEarlier(): Promise<void> {
    const before = Math.min(...this.#bySeq.keys());
    if (!this.#hasEarlier || !Number.isFinite(before)) return;
    const page = await this.#read({before});
    if (page === undefined) return;
    this.#hasEarlier = page.more && page.messages.length > 0;
    this.#add(page.messages);
  }

  /** Loads the messages after the newest one. Throws CallError. */
  async loadLater(): Promise<void> {
    const after = Math.max(...this.#bySeq.keys());
    if (!this.#hasLater || !Number.isFinite(after)) return;
    const page = await this.#read({after});
    if (page === undefined) return;
    this.#hasLater = page.moreAfter === true && page.messages.length > 0;
    this.#add(page.messages);
  }

  /** Reads the page again if the room's log has been replaced. */
  follow(epoch: string): void {
    const before = this.#epoch;
    this.#epoch = epoch;
    if (before !== undefined && before !== epoch) this.#reload();
  }

  /** Takes in what the room's log has brought. */
  take({entries, reset}: Frame): void {
    if (reset === true) return this.#reload();
    if (this.#asking > 0) this.#meanwhile.push(...entries);
    for (const entry of entries) this.#apply(entry);
    this.#store.changed();
  }

  /** Shows a reaction of the user's own at once. Call the returned function with the answer, or with nothing. */
  react(wish: Wish): (answer?: Calls['reaction:set']['result']) => void {
    for (const earlier of this.#wishes) {
      if (earlier.seq === wish.seq && earlier.emoji === wish.emoji) this.#wishes.delete(earlier);
    }
    this.#wishes.add(wish);
    this.#store.changed();
    return (answer) => {
      this.#wishes.delete(wish);
      if (answer !== undefined) this.#answer(wish.seq, answer);
      this.#store.changed();
    };
  }

  /** Ends the page: it changes no more. */
  close(): void {
    this.#generation += 1;
    this.#onClose(this);
  }

  /** Where this fails, what was read before stays. */
  #reload(): void {
    this.load().catch(() => undefined);
  }

  /** Returns undefined if the answer is about a page that is no longer there. */
  async #read(place: Place): Promise<Calls['message:list']['result'] | undefined> {
    const generation = this.#generation;
    this.#asking += 1;
    try {
      const page = await this.#client.call('message:list', {
        roomId: this.roomId,
        limit: pageSize,
        ...place,
      });
      return generation === this.#generation ? page : undefined;
    } finally {
      this.#asking -= 1;
    }
  }

  #add(messages: readonly Message[]): void {
    for (const message of messages) {
      const held = this.#bySeq.get(message.seq);
      if (held === undefined || held.rev < message.rev) this.#bySeq.set(message.seq, message);
      this.#threads.note(message);
    }
    for (const entry of this.#meanwhile) this.#apply(entry);
    if (this.#asking === 0) this.#meanwhile = [];
    this.#store.changed();
  }

  #apply({rev, type, seq = 0, annotations = {}, message, room}: Entry): void {
    this.#letGo(room?.firstSeq);
    if (type === 'annotation') this.#annotate(seq, annotations, rev);
    if (message === undefined) return;
    this.#threads.note(message);
    if (message.seq > Math.max(...this.#bySeq.keys())) this.#hasLater = true;
    const held = this.#bySeq.get(message.seq);
    if (held === undefined || held.rev >= message.rev) return;
    this.#bySeq.set(message.seq, message);
    if (message.annotations !== undefined)
      this.#bySeq.set(
        message.seq,
        annotated(message, this.#mine(message.annotations, held.annotations), message.rev),
      );
  }

  #annotate(seq: number, annotations: Annotations, rev: number): void {
    const held = this.#bySeq.get(seq);
    if (held === undefined || held.rev >= rev) return;
    this.#bySeq.set(seq, annotated(held, this.#mine(annotations, held.annotations), rev));
  }

  #answer(seq: number, answer: Calls['reaction:set']['result']): void {
    const held = this.#bySeq.get(seq);
    if (held !== undefined) this.#bySeq.set(seq, answered(held, answer, this.#client.user?.id));
  }

  #mine(told: Annotations, before: Annotations | undefined): Annotations {
    return personal(told, before, this.#client.user?.id);
  }

  #letGo(firstSeq = 0): void {
    if (firstSeq <= this.#first) return;
    this.#first = firstSeq;
    for (const seq of this.#bySeq.keys()) if (seq < firstSeq) this.#bySeq.delete(seq);
    if (this.#bySeq.size === 0 || Math.min(...this.#bySeq.keys()) === firstSeq) this.#hasEarlier = false;
  }

  #shown(): Message[] {
    const userId = this.#client.user?.id;
    const wishes = [...this.#wishes];
    return [...this.#bySeq.values()]
      .filter(({seq}) => seq >= this.#first)
      .sort((a, b) => a.seq - b.seq)
      .map((message) => this.#threads.shownOn(message))
      .map((message) => {
        const own = wishes.filter(({seq}) => seq === message.seq);
        return own.length === 0 ? message : withWishes(message, own, userId);
      });
  }
}
