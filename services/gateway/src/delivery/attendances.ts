/**
 * Tells Postgres who attends ephemeral rooms from this node, since Postgres alone decides when such a membership ends.
 *
 * One writer writes the state at the time of writing, so an end never overtakes its begin. It retries until the write
 * succeeds: a lost end would keep the room open, and a lost begin would end a membership.
 */
import {attend, depart, type Attendance} from '@madang/database/delivery/attendances';
import type {Database} from '@madang/database/connections/pool';
import type {Logger} from '@madang/runtime/log';

/** Takes a few ms of Postgres, even when everyone leaves at once. */
const writtenAtOnce = 500;

export class Attendances {
  readonly #db: Database;
  readonly #nodeId: string;
  readonly #log: Logger;
  readonly #current = new Map<string, Attendance>();
  /** Users who came or went since the last write. */
  readonly #changed = new Map<string, Attendance>();
  #writing: Promise<void> | undefined;

  constructor(db: Database, nodeId: string, log: Logger) {
    this.#db = db;
    this.#nodeId = nodeId;
    this.#log = log;
  }

  /** Resolves once written. Rejects if the write failed for now; a caller that gives up must end the attendance. */
  begin(roomId: string, userId: string): Promise<void> {
    this.#note({roomId, userId});
    return this.#write();
  }

  /** The room has become ephemeral: the users who hear it now attend it, too. */
  beginAll(roomId: string, userIds: Iterable<string>): void {
    for (const userId of userIds) {
      if (!this.#current.has(keyOf({roomId, userId}))) this.#note({roomId, userId});
    }
    void this.flush();
  }

  /** Writes all attendances again: earlier writes may have been lost in a failover or a restore. */
  assertAll(): void {
    for (const [key, attendance] of this.#current) this.#changed.set(key, attendance);
    void this.flush();
  }

  end(roomId: string, userId: string): void {
    const key = keyOf({roomId, userId});
    if (!this.#current.delete(key)) return;
    this.#changed.set(key, {roomId, userId});
    void this.flush();
  }

  /** Writes what has not been written yet. Each pulse calls it again. */
  async flush(): Promise<void> {
    try {
      await this.#write();
    } catch (error) {
      this.#log.debug({err: error}, 'cannot write attendance yet');
    }
  }

  #note(attendance: Attendance): void {
    const key = keyOf(attendance);
    this.#current.set(key, attendance);
    this.#changed.set(key, attendance);
  }

  async #write(): Promise<void> {
    if (this.#changed.size > 0) this.#writing ??= this.#writeAll();
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#changed.size > 0) await this.#writeSome();
    } finally {
      // In the same step in which nothing was left, so that the next change starts a new writer.
      this.#writing = undefined;
    }
  }

  async #writeSome(): Promise<void> {
    const some = [...this.#changed].slice(0, writtenAtOnce);
    for (const [key] of some) this.#changed.delete(key);
    const [came, gone] = [true, false].map((isHere) =>
      some.filter(([key]) => this.#current.has(key) === isHere).map(([, attendance]) => attendance),
    ) as [Attendance[], Attendance[]];
    try {
      if (came.length > 0) await attend(this.#db, this.#nodeId, came);
      if (gone.length > 0) await depart(this.#db, this.#nodeId, gone);
    } catch (error) {
      for (const [key, attendance] of some) this.#changed.set(key, attendance);
      throw error;
    }
  }
}

function keyOf({roomId, userId}: Attendance): string {
  return `${roomId} ${userId}`;
}
