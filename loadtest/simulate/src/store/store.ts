/**
 * Postgres, as far as the delivery of messages can tell: tables, transactions that lock rooms and commit at any time, and
 * snapshots. Everything that a transaction wrote becomes visible at once, with its commit.
 */
import type {Clock} from '../world/clock.ts';
import type {Owner} from '../world/task-queue.ts';
import type {Snapshot, Tables} from './rows.ts';

export type Transaction = {
  roomIds: string[];
  /** Whether it waits for locked rooms, or continues without them. */
  waits: boolean;
  commitMs: number;
  /** Writes at the commit, while the rooms that it could lock are still locked. */
  body(xact: number, locked: string[]): unknown;
  done(outcome: {result: unknown} | {error: Error}): void;
};

type Waiting = {transaction: Transaction; isOver: boolean};

const lockTimeoutMs = 400;

export class Store {
  tables: Tables = {
    cluster: {incarnation: 1},
    rooms: new Map(),
    users: new Map(),
    endedSessions: new Map(),
    signals: [],
    moves: [],
    marks: [],
  };
  readonly owner: Owner;
  readonly #clock: Clock;
  /** The number of times the server has started. */
  start = 1;
  #nextXact = 1;
  #open = new Set<number>();
  #locked = new Set<string>();
  #waiting: Waiting[] = [];

  constructor(clock: Clock, owner: Owner) {
    this.#clock = clock;
    this.owner = owner;
  }

  get snapshot(): Snapshot {
    const open = [...this.#open].sort((a, b) => a - b);
    return {xmin: open[0] ?? this.#nextXact, xmax: this.#nextXact, open};
  }

  get nowMs(): number {
    return this.#clock.now;
  }

  transact(transaction: Transaction): void {
    const free = transaction.roomIds.filter((id) => !this.#locked.has(id));
    if (free.length === transaction.roomIds.length || !transaction.waits)
      return this.#begin(transaction, free);
    const waiting = {transaction, isOver: false};
    this.#waiting.push(waiting);
    this.#clock.schedule(this.owner, lockTimeoutMs, () => {
      if (waiting.isOver) return;
      waiting.isOver = true;
      transaction.done({
        error: Object.assign(new Error('canceling statement due to lock timeout'), {code: '55P03'}),
      });
    });
  }

  /** Restarts the server: uncommitted work is lost, and no client is told. */
  restart(): void {
    this.start += 1;
    this.#open.clear();
    this.#locked.clear();
    this.#waiting = [];
  }

  /** Another server takes over with these tables. It counts its own transactions. */
  replace(tables: Tables): void {
    this.restart();
    this.#nextXact = 1;
    this.tables = tables;
  }

  #begin(transaction: Transaction, locked: string[]): void {
    const {start} = this;
    const xact = this.#nextXact++;
    this.#open.add(xact);
    for (const id of locked) this.#locked.add(id);
    this.#clock.schedule(this.owner, transaction.commitMs, () => {
      if (start === this.start) this.#commit(transaction, xact, locked);
    });
  }

  #commit(transaction: Transaction, xact: number, locked: string[]): void {
    const result = transaction.body(xact, locked);
    this.#open.delete(xact);
    for (const id of locked) this.#locked.delete(id);
    transaction.done({result});
    this.#admitWaiting();
  }

  #admitWaiting(): void {
    for (const waiting of this.#waiting) {
      const {roomIds} = waiting.transaction;
      if (waiting.isOver || roomIds.some((id) => this.#locked.has(id))) continue;
      waiting.isOver = true;
      this.#begin(waiting.transaction, roomIds);
    }
    this.#waiting = this.#waiting.filter(({isOver}) => !isOver);
  }
}
