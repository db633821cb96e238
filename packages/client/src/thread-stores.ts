import {annotated, answered, personal} from './annotations.ts';
import type {CallResult} from './calls.ts';
import type {OutboxEntry} from './outbox.ts';
import {keep, keepFields, keepItems} from './same.ts';
import {LiveStore, type Announcements, type Store} from './store.ts';
import type {OnResult, StoreSources} from './store-sources.ts';
import type {Entry, Frame, Message} from './wire.ts';

/** A thread: a message and the replies to it. */
export type ThreadSnapshot = {
  /** The message that the thread belongs to. Missing until it is loaded, and where the user may not see it. */
  readonly root?: Message;
  /** Sorted by `seq`, without gaps down to the oldest one loaded. An unchanged reply keeps its object. */
  readonly replies: readonly Message[];
  /** One's own sends to the thread that are not in the log yet, in sending order. */
  readonly pending: readonly OutboxEntry[];
  /** Whether `loadEarlier` has more to load. */
  readonly hasEarlier: boolean;
  readonly isLoaded: boolean;
};

export type ThreadStore = Store<ThreadSnapshot> & {
  /** Loads one page of earlier replies. Returns whether there are more. */
  readonly loadEarlier: () => Promise<boolean>;
};

const noThread: ThreadSnapshot = Object.freeze({
  replies: Object.freeze([]),
  pending: Object.freeze([]),
  hasEarlier: false,
  isLoaded: false,
});

const pageSize = 50;

/** The threads that a page shows. Each is loaded while somebody listens, and follows the room's log. */
export class ThreadStores {
  readonly #client: StoreSources;
  readonly #announcements: Announcements;
  readonly #each = new Map<string, Thread>();

  constructor(client: StoreSources, onResult: OnResult, announcements: Announcements) {
    this.#client = client;
    this.#announcements = announcements;
    onResult((name, input, result) => {
      if (name !== 'reaction:set') return;
      const {roomId, seq} = input as {roomId: string; seq: number};
      for (const thread of this.#each.values()) {
        if (thread.roomId === roomId) thread.reacted(seq, result as CallResult<'reaction:set'>);
      }
    });
  }

  one(roomId: string, rootSeq: number): ThreadStore {
    const key = `${roomId} ${rootSeq}`;
    const known = this.#each.get(key);
    if (known !== undefined) return known.store;
    const thread = new Thread(roomId, rootSeq, this.#client, this.#announcements);
    this.#each.set(key, thread);
    return thread.store;
  }
}

/**
 * One thread. What the room's timeline holds is shown as the timeline has it. The thread keeps the rest by itself: a thread
 * may begin long before the messages that are loaded.
 */
class Thread {
  readonly roomId: string;
  readonly store: ThreadStore;
  readonly #rootSeq: number;
  readonly #client: StoreSources;
  readonly #live: LiveStore<ThreadSnapshot>;
  readonly #bySeq = new Map<number, Message>();
  /** Every reply with seq >= floor is held. */
  #floor = Infinity;
  #hasEarlier = false;
  /** Cancels the requests made for former listeners. */
  #watch: AbortController | undefined;
  /** Raised with each reading of the newest page, so that an answer before it changes nothing. */
  #generation = 0;
  /** Annotations came of messages that a page on its way may bring without them. */
  #missed = false;
  #isAsking = false;

  constructor(roomId: string, rootSeq: number, client: StoreSources, announcements: Announcements) {
    this.roomId = roomId;
    this.#rootSeq = rootSeq;
    this.#client = client;
    this.#live = new LiveStore<ThreadSnapshot>({
      announcements,
      empty: noThread,
      read: (before) => this.#read(before),
      watch: () => this.#begin(),
    });
    const {subscribe, snapshot} = this.#live;
    this.store = {subscribe, snapshot, loadEarlier: () => this.#loadEarlier()};
  }

  /** An answer tells the user's own reactions to an old message, which the log does not. */
  reacted(seq: number, answer: CallResult<'reaction:set'>): void {
    const held = this.#bySeq.get(seq);
    if (held === undefined) return;
    this.#bySeq.set(seq, answered(held, answer, this.#userId));
    this.#live.changed();
  }

  get #userId(): string | undefined {
    return this.#client.user?.id;
  }

  #read(before: ThreadSnapshot): ThreadSnapshot {
    const room = this.#client.rooms.get(this.roomId);
    if (room === undefined || this.#watch === undefined) return noThread;
    const first = Math.max(this.#floor, room.state.room.firstSeq ?? 0);
    const root = this.#shown(this.#rootSeq);
    const replies = [...this.#bySeq.values()]
      .filter(({seq, threadOf}) => threadOf === this.#rootSeq && seq >= first)
      .sort((a, b) => a.seq - b.seq)
      .map(({seq}) => this.#shown(seq)!);
    const pending = room.timeline.pending.filter(({threadOf}) => threadOf === this.#rootSeq);
    return keepFields(before, {
      ...(root && {root: keep(before.root, root)}),
      replies: keepItems(before.replies, replies, ({seq}) => seq),
      pending: keepItems(before.pending, pending, ({clientId}) => clientId),
      hasEarlier: this.#hasEarlier,
      isLoaded: this.#floor < Infinity,
    });
  }

  /** The timeline knows one's own reactions first. */
  #shown(seq: number): Message | undefined {
    const held = this.#bySeq.get(seq);
    const loaded = this.#client.rooms.get(this.roomId)?.timeline.find(seq);
    return loaded !== undefined && loaded.rev >= (held?.rev ?? 0) ? loaded : held;
  }

  #begin(): () => void {
    const watch = (this.#watch = new AbortController());
    const offs = [
      this.#client.on('frame', (frame) => frame.roomId === this.roomId && this.#follow(frame)),
      this.#client.on('room', ({id}) => id === this.roomId && this.#live.changed()),
      this.#client.on('rooms', () => this.#live.changed()),
      this.#client.on('status', (status) => status === 'online' && void this.#load()),
    ];
    void this.#load();
    return () => {
      for (const off of offs) off();
      watch.abort();
      this.#watch = undefined;
      this.#forget();
    };
  }

  #forget(): void {
    this.#generation += 1;
    this.#bySeq.clear();
    this.#floor = Infinity;
    this.#hasEarlier = false;
    this.#live.changed();
  }

  #follow({entries}: Frame): void {
    for (const entry of entries) this.#take(entry);
    this.#live.changed();
  }

  #take({type, rev, seq = 0, message, annotations = {}}: Entry): void {
    if (message !== undefined && this.#isHere(message)) this.#upsert(message);
    if (type !== 'annotation') return;
    const held = this.#bySeq.get(seq);
    if (held === undefined) this.#missed ||= this.#isAsking;
    else if (held.rev < rev)
      this.#bySeq.set(seq, annotated(held, personal(annotations, held.annotations, this.#userId), rev));
  }

  #isHere({seq, threadOf}: Message): boolean {
    return seq === this.#rootSeq || threadOf === this.#rootSeq;
  }

  #upsert(message: Message): void {
    const held = this.#bySeq.get(message.seq);
    if (held === undefined || held.rev < message.rev) this.#bySeq.set(message.seq, message);
  }

  /** Reads the message and its newest replies. The next connection retries a failure. */
  async #load(): Promise<void> {
    const generation = (this.#generation += 1);
    const isOver = () => generation !== this.#generation;
    const {roomId} = this;
    try {
      this.#isAsking = true;
      do {
        this.#missed = false;
        const [root, page] = await Promise.all([
          this.#client.call('message:list', {roomId, before: this.#rootSeq + 1, limit: 1}),
          this.#client.call('message:list', {roomId, threadOf: this.#rootSeq, limit: pageSize}),
        ]);
        if (isOver()) return;
        this.#takeNewest([...root.messages, ...page.messages], page.more);
      } while (this.#missed);
    } catch {
      // Without a connection there is nothing to show yet.
    } finally {
      if (!isOver()) this.#isAsking = false;
    }
  }

  /** What was missed may lie below the page: what is held there is shown again once it is loaded again. */
  #takeNewest(messages: readonly Message[], hasMore: boolean): void {
    const replies = messages.filter(({threadOf}) => threadOf === this.#rootSeq);
    const oldest = Math.min(...replies.map(({seq}) => seq));
    this.#floor = hasMore ? oldest : 0;
    this.#hasEarlier = hasMore;
    for (const message of messages) if (this.#isHere(message)) this.#upsert(message);
    this.#live.changed();
  }

  async #loadEarlier(): Promise<boolean> {
    const [generation, before] = [this.#generation, this.#floor];
    if (!this.#hasEarlier) return false;
    const page = await this.#client.call('message:list', {
      roomId: this.roomId,
      threadOf: this.#rootSeq,
      before,
      limit: pageSize,
    });
    if (generation !== this.#generation || before !== this.#floor) return this.#hasEarlier;
    for (const message of page.messages) this.#upsert(message);
    this.#floor = page.more ? Math.min(before, ...page.messages.map(({seq}) => seq)) : 0;
    this.#hasEarlier = page.more;
    this.#live.changed();
    return this.#hasEarlier;
  }
}
