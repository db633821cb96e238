/**
 * Carries one room's log to this node's sockets: the only code that writes `room:log`.
 *
 * Frames enter from own commits, from other nodes and from Postgres, in any order and more than once. They leave once,
 * in rev order and without gaps. A feed reads missing entries from Postgres, so a lost frame costs only time.
 * A `left` entry takes effect in order: the revs before it are delivered to everyone, then that user's connections are
 * removed. So nobody hears a rev outside [joinedAt, leftAt), even if the frame with the `left` entry was lost.
 */
import type {RuledStanding} from '@madang/database/delivery/log';
import {ChatError} from '@madang/protocol/errors';
import type {Entry, Frame, LeaveReason} from '@madang/protocol/log';
import type {Grant} from '@madang/protocol/policy';
import type {Logger} from '@madang/runtime/log';
import type {GatewayMetrics} from '../metrics.ts';
import {grantBits} from './grant-bits.ts';
import type {Listener, UnaskedSubscriptions} from './listener.ts';
import {Mode} from './mode.ts';
import {encodeShown} from './shown-part.ts';

/** A connection as a feed sees it. */
export type FeedListener = Pick<Listener, 'id' | 'userId' | 'show' | 'emit' | 'leaveRoom'> & {
  readonly subscriptions: Pick<UnaskedSubscriptions, 'showMembership'>;
  readonly identity?: {tenantId: string};
};

/**
 * A subscription under way. The feed passes every membership end above `since` to it. So a membership that was read at
 * a head of at least `since`, together with `left`, is current.
 */
export type PendingSubscription = {
  readonly userId: string;
  since: number;
  /** The frames that passed meanwhile: they are applied to a RoomState that was read before. */
  readonly passed: Frame[];
  left?: {leftAt: number; reason: LeaveReason};
};

export type FeedDeps = {
  /** The entries that Postgres holds above `after`, a page at a time. */
  readLog(roomId: string, after: number): Promise<Frame>;
  /** False once the last pulse is too old: then nothing may be shown, since it may be stale. */
  isFresh(): boolean;
  /** How long a gap may wait for the frame that fills it; 0 while no broadcast can be expected. */
  gapWaitMs(): number;
  /** Asks Postgres for the room's position. */
  check(roomId: string): void;
  /** The room's log was replaced: the caller must read the listeners' memberships again. */
  onReplaced(roomId: string): void;
  /** The room is, or has become, ephemeral; these users hear it or are about to. */
  onEphemeral(roomId: string, userIds: Set<string>): void;
  onEmpty(): void;
  /** This many messages were written to connections; each message counts once per connection. */
  onDelivered?(tenantId: string, deliveries: number): void;
  metrics: GatewayMetrics;
  log: Logger;
};

/** Frames held behind a gap. Beyond this many the oldest are dropped, and Postgres is read instead. */
const maxWaiting = 256;

/**
 * - `opening`: the log's position has not been read yet. Frames wait.
 * - `open`: frames above the position pass.
 * - `replaced`: the log does not continue what was shown; its listeners' memberships are being read again.
 * - `closed`: nobody listens any more, and another feed may take the room's place. Nothing passes.
 */
const life = {
  opening: ['open', 'closed'],
  open: ['replaced', 'closed'],
  replaced: ['open', 'closed'],
  closed: [],
} as const;

/**
 * - `none`: no gap is known.
 * - `waiting`: frames wait behind a gap for the late frame that fills it.
 * - `repairing`: Postgres is being read.
 */
const gaps = {
  none: ['waiting', 'repairing'],
  waiting: ['none', 'repairing'],
  repairing: ['none'],
} as const;

export class Feed {
  readonly #life = new Mode<keyof typeof life>('a feed', 'opening', life);
  readonly #gap = new Mode<keyof typeof gaps>('the gap of a feed', 'none', gaps);
  readonly roomId: string;
  readonly #deps: FeedDeps;
  readonly #listeners = new Map<
    string,
    {listener: FeedListener; joinedAt: number; shownFrom: number; granted: number | undefined}
  >();
  /** The number of listening connections of each user. */
  readonly #users = new Map<string, number>();
  readonly #pending = new Set<PendingSubscription>();
  #waiting: Frame[] = [];
  #epoch = '';
  #position = 0;
  /** The last page that was read ends before the log does. */
  #isCut = false;
  /** Set while the gap is `waiting`. */
  #gapTimer: NodeJS.Timeout | undefined;
  /** Pending while the gap is `repairing`. */
  #reading: Promise<void> = Promise.resolve();

  constructor(roomId: string, deps: FeedDeps) {
    this.roomId = roomId;
    this.#deps = deps;
  }

  get isOpen(): boolean {
    return this.#life.is('open');
  }
  /** The log's epoch; empty unless the feed is open. */
  get epoch(): string {
    return this.isOpen ? this.#epoch : '';
  }
  /** The rev up to which this node's listeners have been served. */
  get position(): number {
    return this.#position;
  }

  /** Starts at a position read from Postgres. Revs above it pass through this feed; revs up to it never do. */
  open(epoch: string, head: number): void {
    // The listeners of a replaced log must be checked first; then `restart` opens it.
    const mayOpen = this.#life.is('opening') || (this.#life.is('replaced') && this.#listeners.size === 0);
    if (!mayOpen) return;
    this.#openAt(epoch, head);
    this.#advance();
  }

  receive(frame: Frame): void {
    if (this.isOpen && frame.epoch !== this.#epoch) return this.#deps.check(this.roomId);
    if (this.isOpen && frame.head <= this.#position) return void this.#deps.metrics.framesDiscarded.inc();
    this.#waiting.push(frame);
    if (this.#waiting.length > maxWaiting) this.#waiting.shift();
    if (this.isOpen) this.#advance();
  }

  /** Continues after a time in which nothing could be shown. */
  resume(): void {
    this.#advance();
  }

  /**
   * Delivers what Postgres has above the position, or replaces the log, by a read that begins after this call: one that
   * is under way may have seen the log before it was replaced. Rejects if the read fails.
   */
  async repair(): Promise<void> {
    if (this.#gap.is('repairing')) await this.#reading.catch(() => undefined);
    // The memberships of a replaced log are read after this call too.
    if (this.isOpen) await this.#repair();
  }

  /** Concurrent callers share one read. */
  #repair(): Promise<void> {
    if (this.#gap.is('repairing')) return this.#reading;
    clearTimeout(this.#gapTimer);
    this.#gap.enter('repairing');
    this.#reading = this.#readGap().finally(() => {
      this.#gap.enter('none');
      this.#advance();
    });
    return this.#reading;
  }

  /** Brings the position to at least `rev`; rejects if Postgres does not have it (any more). */
  async reach(rev: number): Promise<void> {
    if (this.#position < rev) await this.#repair();
    // That read may have started before the rev was committed.
    if (this.#position < rev) await this.#repair();
    if (this.#position < rev) throw this.#notNow();
  }

  begin(userId: string): PendingSubscription {
    const pending: PendingSubscription = {userId, since: this.#position, passed: []};
    this.#pending.add(pending);
    return pending;
  }

  end(pending: PendingSubscription): void {
    this.#pending.delete(pending);
    this.#closeIfUnused();
  }

  /**
   * The user is shown messages from the seq `shownFrom` on. `may` is what the client is told, in the same step, that
   * the user may do; it is missing if the client is told nothing new.
   */
  add(listener: FeedListener, joinedAt: number, shownFrom: number, may?: readonly Grant[]): void {
    const before = this.#listeners.get(listener.id);
    if (!before) this.#users.set(listener.userId, (this.#users.get(listener.userId) ?? 0) + 1);
    const granted = may ? grantBits(may) : before?.granted;
    this.#listeners.set(listener.id, {listener, joinedAt, shownFrom, granted});
  }

  /** A member's standing by the current rules, told to clients that know another. A re-join is told by the log. */
  restand(userId: string, {joinedAt, shownFrom, may}: RuledStanding): void {
    const granted = grantBits(may);
    for (const each of this.#listeners.values()) {
      if (each.listener.userId !== userId || each.joinedAt !== joinedAt) continue;
      each.shownFrom = shownFrom;
      if (each.granted === granted) continue;
      each.granted = granted;
      each.listener.emit('room:may', {roomId: this.roomId, may});
    }
  }

  remove(listener: FeedListener): void {
    this.#drop(listener);
    this.#closeIfUnused();
  }

  joinedAt(listenerId: string): number | undefined {
    return this.#listeners.get(listenerId)?.joinedAt;
  }

  hears(userId: string): boolean {
    return this.#users.has(userId);
  }

  /** Whether any connection of the user hears the room, or is about to. */
  serves(userId: string): boolean {
    return this.hears(userId) || this.#pending.values().some((pending) => pending.userId === userId);
  }

  /** The users whose connections listen. */
  userIds(): Iterable<string> {
    return this.#users.keys();
  }

  listeners(): FeedListener[] {
    return [...this.#listeners.values()].map(({listener}) => listener);
  }

  /** Stops reading gaps; for a node that stops. */
  close(): void {
    clearTimeout(this.#gapTimer);
    if (this.#gap.is('waiting')) this.#gap.enter('none');
  }

  #drop(listener: FeedListener): void {
    if (!this.#listeners.delete(listener.id)) return;
    const others = (this.#users.get(listener.userId) ?? 1) - 1;
    if (others > 0) this.#users.set(listener.userId, others);
    else this.#users.delete(listener.userId);
  }

  #closeIfUnused(): void {
    if (this.#listeners.size > 0 || this.#pending.size > 0 || this.#life.is('closed')) return;
    this.close();
    this.#life.enter('closed');
    this.#deps.onEmpty();
  }

  /** Delivers the waiting frames that continue the position, and starts filling the gap before the others. */
  #advance(): void {
    if (!this.isOpen || !this.#deps.isFresh()) return;
    // A frame may have an annotation of a message that the next page has, where it stands at that change.
    if (this.#isCut) return void (this.#waiting.length > 0 && this.#scheduleRepair());
    this.#waiting.sort((a, b) => a.after - b.after);
    for (let next = this.#waiting[0]; next && next.after <= this.#position; next = this.#waiting[0]) {
      this.#waiting.shift();
      if (next.epoch === this.#epoch) this.#pass(next);
    }
    if (this.#waiting.length > 0) this.#scheduleRepair();
  }

  #scheduleRepair(): void {
    if (!this.#gap.is('none')) return;
    this.#gap.enter('waiting');
    this.#gapTimer = setTimeout(() => {
      if (this.#waiting.length === 0) return this.#gap.enter('none');
      this.#deps.metrics.gapRepairs.inc();
      this.#repair().catch((error: unknown) => {
        // The pulse reports the frame's move, and asks again about a room whose read failed.
        this.#deps.log.debug({err: error, roomId: this.roomId}, 'cannot repair gap');
      });
    }, this.#deps.gapWaitMs());
  }

  async #readGap(): Promise<void> {
    if (!this.isOpen) throw this.#notNow();
    const waiting = new Set(this.#waiting);
    let frame: Frame;
    do {
      frame = await this.#deps.readLog(this.roomId, this.#position);
      if (frame.epoch !== this.#epoch) return this.#replace();
      if (!this.#deps.isFresh() || frame.head < this.#position) throw this.#notNow();
      this.#pass(frame);
      this.#isCut = frame.more === true;
    } while (this.#isCut);
    // They were committed before the read. Frames that the read did not return were lost with the log's end. The feed
    // must not wait for them, nor show them instead of the entries that replaced them.
    this.#waiting = this.#waiting.filter((each) => !waiting.has(each));
  }

  /** A head below the position means a log that lost its end; the pulse raises the epoch, a reader does not. */
  #notNow(): ChatError {
    this.#deps.check(this.roomId);
    return new ChatError('unavailable');
  }

  /** The log does not continue what was shown: listeners learn the new epoch and sync by themselves. */
  #replace(): void {
    if (!this.isOpen) return;
    this.#life.enter('replaced');
    this.#waiting = [];
    this.#deps.onReplaced(this.roomId);
  }

  /** Opens at the new log's end, after its listeners' memberships were read again, and tells them the epoch. */
  restart(epoch: string, head: number): void {
    if (!this.#life.is('replaced')) return;
    this.#openAt(epoch, head);
    this.#show({roomId: this.roomId, epoch, after: head, head, entries: []});
    this.#advance();
  }

  #openAt(epoch: string, head: number): void {
    this.#life.enter('open');
    this.#isCut = false;
    this.#epoch = epoch;
    this.#position = head;
    for (const pending of this.#pending) pending.since = head;
  }

  /** The room no longer exists. */
  dissolve(): void {
    this.#takeOutAll(this.#position + 1);
  }

  #pass(frame: Frame): void {
    if (frame.head <= this.#position) return;
    let entries = frame.entries.filter((entry) => entry.rev > this.#position);
    for (const entry of entries.filter((each) => this.#ends(each))) {
      this.#deliver(
        frame,
        entries.filter((each) => each.rev < entry.rev),
        entry.rev - 1,
      );
      this.#takeOut(entry);
      entries = entries.filter((each) => each.rev >= entry.rev);
    }
    this.#deliver(frame, entries, frame.head);
    const change = entries.findLast(({type}) => type === 'room');
    if (change?.room?.closedAt) this.#takeOutAll(change.rev + 1);
    else if (change?.room?.ephemeral) this.#tellAttending();
  }

  #tellAttending(): void {
    const userIds = new Set(this.#users.keys());
    for (const {userId} of this.#pending) userIds.add(userId);
    this.#deps.onEphemeral(this.roomId, userIds);
  }

  #deliver(frame: Frame, entries: Entry[], head: number): void {
    if (head <= this.#position) return;
    const after = this.#position;
    this.#position = head;
    const passed: Frame = {roomId: this.roomId, epoch: frame.epoch, after, head, entries};
    for (const pending of this.#pending) pending.passed.push(passed);
    if (this.#listeners.size === 0) return;
    this.#deps.metrics.framesDelivered.inc();
    this.#deps.metrics.entriesDelivered.inc(entries.length);
    this.#show(passed);
    this.#book(entries.length * this.#listeners.size);
    this.#account(entries);
  }

  /** Books deliveries on the tenant, to which all listeners of a room belong. */
  #book(deliveries: number): void {
    const [first] = this.#listeners.values();
    const tenantId = first?.listener.identity?.tenantId;
    if (tenantId !== undefined && deliveries > 0) this.#deps.onDelivered?.(tenantId, deliveries);
  }

  /** Measures a frame by its newest message. The clocks of two machines may differ slightly either way. */
  #account(entries: Entry[]): void {
    const {metrics, log} = this.#deps;
    const newest = entries.at(-1);
    if (newest?.type === 'message' && newest.message) {
      const ms = Date.now() - Date.parse(newest.message.createdAt);
      metrics.deliverySeconds.observe(Math.max(0, ms) / 1_000);
    }
    if (!log.isLevelEnabled('debug')) return;
    for (const {rev, message} of entries) {
      if (message) log.debug({roomId: this.roomId, rev, clientId: message.clientId}, 'delivered');
    }
  }

  #show(frame: Frame): void {
    const encodedFor = encodeShown(frame);
    for (const {listener, shownFrom} of this.#listeners.values()) listener.show(encodedFor(shownFrom));
  }

  #ends({type, user}: Entry): boolean {
    return type === 'left' && user !== undefined && this.serves(user.id);
  }

  #takeOut({rev, user, reason}: Entry): void {
    const left = {leftAt: rev, reason: reason ?? 'left'} as const;
    for (const pending of this.#pending) if (pending.userId === user?.id) pending.left = left;
    for (const {listener, joinedAt} of this.#listeners.values()) {
      if (listener.userId !== user?.id || joinedAt > rev) continue;
      this.#drop(listener);
      listener.leaveRoom(this.roomId, rev, left.reason);
    }
    this.#closeIfUnused();
  }

  #takeOutAll(leftAt: number): void {
    for (const pending of this.#pending) pending.left = {leftAt, reason: 'closed'};
    for (const {listener} of this.#listeners.values()) {
      this.#drop(listener);
      listener.leaveRoom(this.roomId, leftAt, 'closed');
    }
    this.#closeIfUnused();
  }
}
