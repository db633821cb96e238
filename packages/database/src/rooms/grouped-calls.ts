/**
 * Calls that share: those that arrive while a call for their room is under way, or less than `pauseMs` after it, share
 * the next one, and its commit.
 *
 * A rush on one room then costs a few commits instead of one each under the room's lock, and holds one connection of
 * the pool instead of all. A single call does not wait.
 */
import {ChatError} from '@madang/protocol/errors';
import type {Database} from '../connections/pool.ts';

export type Waiting<Item> = {
  item: Item;
  since: number;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
};

export type Grouping<Item> = {
  itemsPerCall: number;
  pauseMs: number;
  /** An item that has not been sent after this time is refused, and nothing was done for it. */
  queueMs: number;
  /** Settles every item, and never throws. */
  run(db: Database, batch: Waiting<Item>[]): Promise<void>;
};

/** Returns the function that adds one item to the next call for its room. */
export function groupByRoom<Item extends {roomId: string}>({
  itemsPerCall,
  pauseMs,
  queueMs,
  run,
}: Grouping<Item>): <Result>(db: Database, item: Item) => Promise<Result> {
  /** For each pool, the queues of rooms with a call under way or just past. */
  const queues = new WeakMap<Database, Map<string, Waiting<Item>[]>>();

  /** Calls `done` in the step in which it finds the queue empty, so that no item enters it after the last call. */
  async function work(db: Database, queue: Waiting<Item>[], done: () => void): Promise<void> {
    while (queue.length > 0) {
      const [late, batch] = [[] as Waiting<Item>[], [] as Waiting<Item>[]];
      for (const waiting of queue.splice(0, itemsPerCall)) {
        (performance.now() - waiting.since > queueMs ? late : batch).push(waiting);
      }
      for (const {reject} of late) reject(new ChatError('overloaded', {retryAfterMs: 500}));
      if (batch.length > 0) await run(db, batch);
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    done();
  }

  return function add<Result>(db: Database, item: Item): Promise<Result> {
    const ofRooms = queues.get(db) ?? new Map<string, Waiting<Item>[]>();
    queues.set(db, ofRooms);
    return new Promise<Result>((resolve, reject) => {
      const waiting = {item, since: performance.now(), resolve, reject} as Waiting<Item>;
      const queue = ofRooms.get(item.roomId);
      if (queue) return queue.push(waiting);
      const begun = [waiting];
      ofRooms.set(item.roomId, begun);
      void work(db, begun, () => ofRooms.delete(item.roomId));
    });
  };
}
