import {ChatError} from '@madang/protocol/errors';
import {limits} from '@madang/protocol/limits';
import type {Frame} from '@madang/protocol/log';
import {FairQueue, SharedPlaces, type WeightOf} from '@madang/runtime/fair-queue';
import {
  appendBatch,
  toCall,
  toFrames,
  type AppendItem,
  type AppendOutcome,
  type AppendResult,
} from './append-batch.ts';
import type {Connection} from '../connections/connection.ts';
import type {Database, Log} from '../connections/pool.ts';
import type {Slots} from '../connections/slots.ts';
import {isDataError, isLockTimeout, NoConnectionError, toChatError} from '../connections/sqlstate.ts';

export type {AppendItem, AppendResult} from './append-batch.ts';

export type AppenderOptions = {
  log: Log;
  /** Gets the frames of a batch after its commit and before its promises settle. */
  onCommitted: (frames: Frame[]) => void;
  /** For metrics: an answered batch, with the time that its oldest item had waited to be sent. */
  onBatch?: (batch: {items: number; oldestMs: number; callMs: number; isLane: boolean}) => void;
  /** Batches in flight at once. */
  slots?: number;
  /** How many locked rooms may be waited for at once. */
  lanes?: number;
  batchItems?: number;
  /** For all tenants together; a tenant that waits alone has half of them. */
  queueItems?: number;
  /** A tenant's share of each batch while others wait, too. */
  weightOf?: WeightOf;
  deadlineMs?: number;
};

export type Appender = {
  /**
   * Stores a message; settles after its commit, or with a refusal.
   *
   * `unavailable` leaves the outcome open; every other code means that nothing was stored. The same (room, sender,
   * clientId) gets the first result with `duplicate: true`, at any later time. Items of one room keep the order of
   * these calls.
   */
  append(item: AppendItem): Promise<AppendResult>;
  stats(): {queued: number; inFlight: number; lanes: number; abandoned: number};
  /** Accepts no more items, waits for those it has (at most the deadline) and closes its connections. */
  close(): Promise<void>;
};

type Pending = {
  item: AppendItem;
  room: RoomQueue;
  queuedAt: number;
  isSent: boolean;
  isSettled: boolean;
  resolve: (result: AppendResult) => void;
  reject: (error: unknown) => void;
};

/**
 * A tenant's items for one room. At most one batch of them is in flight, so that later items never overtake. A caller
 * who names a room of another tenant has a separate queue there, and is refused.
 */
type RoomQueue = {
  id: string;
  tenantId: string;
  items: Pending[];
  /** `ready`: it is in its line's queue. */
  state: 'idle' | 'ready' | 'inFlight';
  line: Line;
};

/** A path to the database: the main line, and the lanes for rooms that somebody else has locked. */
type Line = {
  readonly isLane: boolean;
  readonly slots: Slots;
  /** Rooms with items to send: tenants take turns, and within a tenant the rooms that have waited longest. */
  readonly ready: FairQueue<RoomQueue>;
  isOpening: boolean;
};

// About 1 MiB of text at most: a batch must not hold its rooms for long.
const batchChars = 500_000;
const mentionChars = 150;
const sweepMs = 20;

/**
 * Group commit without a timer: while a batch is in flight the next one forms. A single message costs one commit; under
 * load batches grow and the cost of each message falls.
 *
 * A batch skips a room that another transaction has locked. Its items, and those that arrive later, move to a lane,
 * where one call waits for the lock. So the room delays no other room.
 *
 * While several tenants wait, each gets its share of every batch. A tenant may hold at most as many places in the queue
 * as are free.
 */
export function createAppender(db: Database, options: AppenderOptions): Appender {
  const commits = new GroupCommit(db, options);
  return {
    append: (item) => commits.append(item),
    stats: () => commits.stats(),
    close: () => commits.close(),
  };
}

class GroupCommit {
  readonly #options: Required<Omit<AppenderOptions, 'onBatch' | 'queueItems'>> &
    Pick<AppenderOptions, 'onBatch'>;
  readonly #main: Line;
  readonly #lane: Line;
  /** By tenant and id. */
  readonly #rooms = new Map<string, Map<string, RoomQueue>>();
  readonly #pending = new Set<Pending>();
  readonly #queued: SharedPlaces;
  #lastAnswerAt = 0;
  #sweeper: NodeJS.Timeout | undefined;
  #onIdle: (() => void) | undefined;
  #isClosed = false;

  constructor(db: Database, options: AppenderOptions) {
    const {slots = 4, lanes = 3, batchItems = 500, queueItems = 20_000, deadlineMs = 900} = options;
    const {weightOf = () => 1} = options;
    const openLine = ({isLane, count}: {isLane: boolean; count: number}): Line => ({
      isLane,
      slots: db.openSlots(count, isLane ? 'lane' : 'append', toCall([], {waitsForLocks: isLane})),
      ready: new FairQueue({weightOf}),
      isOpening: false,
    });
    this.#options = {...options, slots, lanes, batchItems, weightOf, deadlineMs};
    this.#queued = new SharedPlaces(queueItems);
    this.#main = openLine({isLane: false, count: slots});
    this.#lane = openLine({isLane: true, count: lanes});
  }

  async append(item: AppendItem): Promise<AppendResult> {
    const {deadlineMs} = this.#options;
    if (this.#isClosed || this.#main.slots.areAllAbandoned) {
      throw new ChatError('unavailable', {retryAfterMs: 1_000});
    }
    const queuedAt = performance.now();
    if (queuedAt - item.receivedAt >= deadlineMs || !this.#queued.take(item.tenantId)) {
      throw new ChatError('overloaded', {retryAfterMs: 1_000});
    }

    return new Promise((resolve, reject) => {
      const room = this.#roomOf(item);
      const pending = {item, room, queuedAt, isSent: false, isSettled: false, resolve, reject};
      this.#pending.add(pending);
      this.#sweeper ??= setInterval(() => this.#sweep(), sweepMs);
      room.items.push(pending);
      this.#makeReady(room);
      this.#pump(room.line);
    });
  }

  #roomOf({tenantId, roomId}: AppendItem): RoomQueue {
    let rooms = this.#rooms.get(tenantId);
    if (rooms === undefined) this.#rooms.set(tenantId, (rooms = new Map()));
    let room = rooms.get(roomId);
    if (room === undefined) {
      rooms.set(roomId, (room = {id: roomId, tenantId, items: [], state: 'idle', line: this.#main}));
    }
    return room;
  }

  #forget({tenantId, id}: RoomQueue): void {
    const rooms = this.#rooms.get(tenantId);
    rooms?.delete(id);
    if (rooms?.size === 0) this.#rooms.delete(tenantId);
  }

  #makeReady(room: RoomQueue): void {
    if (room.state !== 'idle') return;
    room.state = 'ready';
    room.line.ready.add({tenant: room.tenantId}, room);
  }

  stats(): {queued: number; inFlight: number; lanes: number; abandoned: number} {
    const [main, lane] = [this.#main.slots.stats, this.#lane.slots.stats];
    return {
      queued: this.#queued.taken,
      inFlight: main.busy,
      lanes: lane.busy,
      abandoned: main.abandoned + lane.abandoned,
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#pending.size > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    await Promise.all([this.#main.slots.close(), this.#lane.slots.close()]);
  }

  /** Sends as many batches as there are free connections. */
  #pump(line: Line): void {
    while (line.ready.size > 0) {
      const connection = line.slots.takeIdle();
      if (connection === undefined) break;
      const batch = this.#takeBatch(line);
      if (batch.length === 0) line.slots.release(connection);
      else void this.#send(line, connection, batch);
    }
    if (line.ready.size > 0) void this.#openFurther(line);
  }

  async #openFurther(line: Line): Promise<void> {
    const {open, abandoned} = line.slots.stats;
    const count = line.isLane ? this.#options.lanes : this.#options.slots;
    if (line.isOpening || (open + abandoned >= count && abandoned < count)) return;
    line.isOpening = true;
    try {
      line.slots.release(await line.slots.acquire(this.#options.deadlineMs));
      line.isOpening = false;
      this.#pump(line);
    } catch (error) {
      line.isOpening = false;
      // Nothing else can send these: refuse at once instead of at their deadline.
      if (error instanceof NoConnectionError && line.slots.stats.busy === 0) this.#refuseQueued(line, error);
    }
  }

  /** Takes whole rooms, up to each tenant's share; a lane's batch has only one room. */
  #takeBatch(line: Line): Pending[] {
    const {batchItems} = this.#options;
    const batch: Pending[] = [];
    if (line.isLane) {
      for (let room = line.ready.next(); room; room = line.ready.next()) {
        this.#takeFrom(room, batch, {items: batchItems, chars: batchChars});
        if (batch.length > 0) return batch;
      }
      return batch;
    }
    let chars = 0;
    line.ready.shareOut((share, next) => {
      const left = {
        items: Math.min(Math.max(1, Math.floor(share * batchItems)), batchItems - batch.length),
        chars: Math.min(share * batchChars, batchChars - chars),
      };
      const before = left.chars;
      while (left.items > 0 && left.chars > 0) {
        const room = next();
        if (!room) break;
        this.#takeFrom(room, batch, left);
      }
      chars += before - left.chars;
      return batch.length < batchItems && chars < batchChars;
    });
    return batch;
  }

  /** Moves items of a ready room to the batch, within its remaining share; the last may exceed the character limit. */
  #takeFrom(room: RoomQueue, batch: Pending[], left: {items: number; chars: number}): void {
    let taken = 0;
    let live = 0;
    for (const {isSettled, item} of room.items) {
      if (live >= left.items || left.chars <= 0) break;
      taken++;
      if (isSettled) continue;
      live++;
      left.chars -=
        item.text.length + (item.data ? limits.dataBytes : 0) + mentionChars * (item.mentions?.length ?? 0);
    }
    left.items -= live;
    for (const pending of room.items.splice(0, taken)) {
      if (pending.isSettled) continue;
      pending.isSent = true;
      this.#queued.leave(room.tenantId);
      batch.push(pending);
    }
    room.state = live > 0 ? 'inFlight' : 'idle';
    // All remaining items have been answered at their deadline.
    if (live === 0) this.#forget(room);
  }

  async #send(line: Line, connection: Connection, batch: Pending[]): Promise<void> {
    const rooms = new Set(batch.map(({room}) => room));
    const locked = new Map<RoomQueue, Pending[]>();
    const startedAt = performance.now();
    try {
      await this.#store(line, connection, batch, locked);
      const oldestMs = startedAt - Math.min(...batch.map(({item}) => item.receivedAt));
      const callMs = performance.now() - startedAt;
      this.#options.onBatch?.({items: batch.length, oldestMs, callMs, isLane: line.isLane});
    } catch (error) {
      this.#options.log.warn({err: error, items: batch.length}, 'got no answer for a batch of messages');
      const refusal = toChatError(error);
      for (const pending of batch) this.#reject(pending, refusal);
    } finally {
      line.slots.release(connection);
      this.#reopen(rooms, locked);
    }
  }

  /**
   * Stores a batch; adds the items of rooms that are locked elsewhere to `locked`. If Postgres refuses the data,
   * halving the batch finds the item that caused it, and only that item fails.
   */
  async #store(
    line: Line,
    connection: Connection,
    batch: Pending[],
    locked: Map<RoomQueue, Pending[]>,
  ): Promise<void> {
    // The first half may have found a room locked: its items in the second half must not overtake.
    const free = batch.filter((pending) => !this.#hold(pending, locked));
    if (free.length === 0) return;
    const items = free.map(({item}) => item);
    const {deadlineMs} = this.#options;
    let outcomes: AppendOutcome[];
    try {
      outcomes = await appendBatch(connection, items, {waitsForLocks: line.isLane, deadlineMs});
    } catch (error) {
      if (isLockTimeout(error)) {
        outcomes = items.map(() => 'locked');
      } else if (!isDataError(error)) {
        throw error;
      } else if (free.length === 1) {
        outcomes = [{refusal: new ChatError('invalid', {message: 'This cannot be stored.', cause: error})}];
      } else {
        const half = Math.ceil(free.length / 2);
        await this.#store(line, connection, free.slice(0, half), locked);
        await this.#store(line, connection, free.slice(half), locked);
        return;
      }
    }
    this.#lastAnswerAt = performance.now();
    this.#tell(toFrames(items, outcomes));
    for (const [no, pending] of free.entries()) this.#settle(pending, outcomes[no]!, locked);
  }

  /** Adds an item to the locked ones if its room is among them. */
  #hold(pending: Pending, locked: Map<RoomQueue, Pending[]>): boolean {
    const held = locked.get(pending.room);
    held?.push(pending);
    return held !== undefined;
  }

  #tell(frames: Frame[]): void {
    if (frames.length === 0) return;
    try {
      this.#options.onCommitted(frames);
    } catch (error) {
      // The messages are stored, so they are acknowledged; readers get them with the next pulse.
      this.#options.log.error({err: error}, 'cannot announce a committed batch');
    }
  }

  #settle(pending: Pending, outcome: AppendOutcome, locked: Map<RoomQueue, Pending[]>): void {
    if (outcome === 'locked') {
      if (!this.#hold(pending, locked)) locked.set(pending.room, [pending]);
    } else if ('refusal' in outcome) {
      this.#reject(pending, outcome.refusal);
    } else {
      this.#finish(pending);
      pending.resolve(outcome.result);
    }
  }

  /** Lets the next batch of these rooms form, in a lane for rooms that are locked elsewhere. */
  #reopen(rooms: Set<RoomQueue>, locked: Map<RoomQueue, Pending[]>): void {
    for (const room of rooms) {
      const held = (locked.get(room) ?? []).filter(({isSettled}) => !isSettled);
      for (const pending of held) {
        pending.isSent = false;
        this.#queued.retake(room.tenantId);
      }
      room.items.unshift(...held);
      room.line = locked.has(room) ? this.#lane : this.#main;
      room.state = 'idle';
      if (room.items.length === 0) this.#forget(room);
      else this.#makeReady(room);
    }
    this.#pump(this.#main);
    this.#pump(this.#lane);
  }

  #refuseQueued(line: Line, error: unknown): void {
    const refusal = toChatError(error);
    for (let room = line.ready.next(); room; room = line.ready.next()) {
      for (const pending of room.items.splice(0)) {
        if (pending.isSettled) continue;
        this.#queued.leave(room.tenantId);
        this.#reject(pending, refusal);
      }
      this.#forget(room);
    }
  }

  /** Answers items past their deadline. A queued item was not stored; an item that was sent may have been. */
  #sweep(): void {
    const expired = performance.now() - this.#options.deadlineMs;
    for (const pending of this.#pending) {
      if (pending.item.receivedAt > expired) continue;
      if (!pending.isSent) this.#queued.leave(pending.room.tenantId);
      // A queue that does not move means that the database is down.
      const isOverloaded = !pending.isSent && this.#lastAnswerAt > pending.queuedAt;
      this.#reject(
        pending,
        new ChatError(isOverloaded ? 'overloaded' : 'unavailable', {retryAfterMs: 1_000}),
      );
    }
  }

  #reject(pending: Pending, error: unknown): void {
    if (pending.isSettled) return;
    this.#finish(pending);
    pending.reject(error);
  }

  #finish(pending: Pending): void {
    pending.isSettled = true;
    this.#pending.delete(pending);
    if (this.#pending.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    this.#onIdle?.();
  }
}
