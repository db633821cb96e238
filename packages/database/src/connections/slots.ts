import {ChatError} from '@madang/protocol/errors';
import type {AbandonedBackends} from './abandoned.ts';
import type {Connection} from './connection.ts';
import {NoConnectionError} from './sqlstate.ts';

export type SlotsOptions = {
  count: number;
  open: () => Promise<Connection>;
  abandoned: AbandonedBackends;
  /** Called with whether Postgres answered, after every attempt to connect and every use of a connection. */
  onAnswer: (error?: unknown) => void;
};

type Waiter = {
  since: number;
  resolve: (connection: Connection) => void;
  reject: (error: Error) => void;
  timer: NodeJS.Timeout;
};

// Beyond this the wait would pass any deadline; refusing at once costs less than holding the requests.
const maxWaiting = 2_000;
// A connection in use often comes back before a new one is open, and opening many at once delays them all.
const openingAtOnce = 2;

/**
 * A fixed number of places for connections, each used by one caller at a time, opened when needed.
 *
 * A place whose connection was given up stays taken until its backend has ended (see abandoned.ts). While Postgres
 * cannot be reached, one attempt at a time decides for all waiting callers.
 */
export class Slots {
  readonly #options: SlotsOptions;
  readonly #idle: Connection[] = [];
  readonly #busy = new Set<Connection>();
  readonly #waiters = new Set<Waiter>();
  #opening = 0;
  #abandoned = 0;
  #isAway = false;
  #lastReleasedAt = 0;
  #isClosed = false;

  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  get stats() {
    const {size: busy} = this.#busy;
    const waiting = this.#waiters.size;
    return {open: busy + this.#idle.length, busy, waiting, abandoned: this.#abandoned};
  }

  /** True while every place is taken by a backend that does not answer. */
  get areAllAbandoned(): boolean {
    return this.#abandoned >= this.#options.count;
  }

  /**
   * Hands out a connection; give it back with `release`. Throws if none becomes free within the deadline: `overloaded`
   * while others are being served, else NoConnectionError.
   */
  async acquire(deadlineMs: number): Promise<Connection> {
    if (this.#isClosed) throw new NoConnectionError('the pool is closed');
    if (this.areAllAbandoned) throw new NoConnectionError('no connection answers');
    const idle = this.takeIdle();
    if (idle !== undefined) return idle;
    if (this.#waiters.size >= maxWaiting) throw new ChatError('overloaded', {retryAfterMs: 1_000});
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        since: performance.now(),
        resolve,
        reject,
        timer: setTimeout(() => this.#expire(waiter), deadlineMs),
      };
      this.#waiters.add(waiter);
      this.#fill();
    });
  }

  /** Hands out a connection that is open and free right now, if there is one. */
  takeIdle(): Connection | undefined {
    let connection = this.#idle.pop();
    // The server may have closed it meanwhile.
    while (connection !== undefined && !connection.isOpen) connection = this.#idle.pop();
    if (connection !== undefined) this.#busy.add(connection);
    return connection;
  }

  /** Hands a connection to the next caller; one that was destroyed while in use gives up its place instead. */
  release(connection: Connection): void {
    this.#busy.delete(connection);
    if (connection.isOverdue) {
      this.#options.onAnswer(new Error('a call was overdue'));
      this.#abandoned++;
      void this.#options.abandoned.gone(connection.backend).then(() => {
        this.#abandoned--;
        this.#fill();
      });
    } else if (connection.isOpen) {
      this.#options.onAnswer();
      this.#lastReleasedAt = performance.now();
      this.#hand(connection);
    }
    this.#fill();
  }

  /** Refuses every waiting caller and closes idle connections; a connection in use closes when it comes back. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#rejectAll(new NoConnectionError('the pool is closed'));
    await Promise.allSettled(this.#idle.splice(0).map((connection) => connection.close()));
  }

  #hand(connection: Connection): void {
    if (this.#isClosed) {
      void connection.close().catch(() => connection.destroy());
      return;
    }
    const [waiter] = this.#waiters;
    if (waiter === undefined) {
      this.#idle.push(connection);
      return;
    }
    this.#drop(waiter);
    this.#busy.add(connection);
    waiter.resolve(connection);
  }

  #fill(): void {
    const {count} = this.#options;
    const wanted = Math.min(this.#waiters.size, this.#isAway ? 1 : openingAtOnce);
    while (this.#opening < wanted) {
      const taken = this.#busy.size + this.#idle.length + this.#opening + this.#abandoned;
      if (taken >= count) return;
      this.#opening++;
      void this.#open();
    }
  }

  async #open(): Promise<void> {
    try {
      const connection = await this.#options.open();
      this.#opening--;
      this.#isAway = false;
      this.#options.onAnswer();
      this.#hand(connection);
      this.#fill();
    } catch (error) {
      this.#opening--;
      this.#isAway = true;
      this.#options.onAnswer(error);
      // A working connection may still serve the waiting callers; without one, waiting longer is useless.
      if (this.#busy.size === 0) this.#rejectAll(new NoConnectionError('cannot connect', {cause: error}));
    }
  }

  #expire(waiter: Waiter): void {
    this.#drop(waiter);
    const isMoving = this.#lastReleasedAt > waiter.since;
    waiter.reject(
      isMoving
        ? new ChatError('overloaded', {retryAfterMs: 1_000})
        : new NoConnectionError('no connection became free'),
    );
  }

  #rejectAll(error: Error): void {
    for (const waiter of this.#waiters) {
      this.#drop(waiter);
      waiter.reject(error);
    }
  }

  #drop(waiter: Waiter): void {
    clearTimeout(waiter.timer);
    this.#waiters.delete(waiter);
  }
}
