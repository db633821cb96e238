/**
 * Tells Postgres who attends ephemeral rooms from this node, since it alone decides when such a membership ends.
 *
 * A begin that cannot be written fails its subscription. An end is kept until it is written: forgetting it would keep
 * the room open for ever.
 */
import {attend, depart} from '@madang/database/attendances';
import type {Database} from '@madang/database/pool';
import type {Logger} from '@madang/runtime/log';

export class Attendances {
  readonly #db: Database;
  readonly #nodeId: string;
  readonly #log: Logger;
  readonly #current = new Map<string, {roomId: string; userId: string}>();
  readonly #ended = new Map<string, {roomId: string; userId: string}>();
  #flushing = false;

  constructor(db: Database, nodeId: string, log: Logger) {
    this.#db = db;
    this.#nodeId = nodeId;
    this.#log = log;
  }

  async begin(roomId: string, userId: string): Promise<void> {
    const key = `${roomId} ${userId}`;
    this.#ended.delete(key);
    this.#current.set(key, {roomId, userId});
    await attend(this.#db, {roomId, userId, nodeId: this.#nodeId});
  }

  end(roomId: string, userId: string): void {
    const key = `${roomId} ${userId}`;
    if (!this.#current.delete(key)) return;
    this.#ended.set(key, {roomId, userId});
    void this.flush();
  }

  /** Writes the ends that are not written yet; again with each pulse. */
  async flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    try {
      for (const [key, attendance] of this.#ended) {
        await depart(this.#db, {...attendance, nodeId: this.#nodeId});
        // Begun again while this was on its way: the later begin may have been written first.
        if (this.#ended.get(key) === attendance) this.#ended.delete(key);
        else if (this.#current.has(key)) await attend(this.#db, {...attendance, nodeId: this.#nodeId});
      }
    } catch (error) {
      this.#log.debug({err: error}, 'attendance not written yet');
    } finally {
      this.#flushing = false;
    }
  }
}
