/**
 * Joins, grouped by room: joins that arrive while a call for their room is under way share the next call, and its
 * commit.
 *
 * A rush on one room then costs a few commits instead of one each under the room's lock, and holds one connection of
 * the pool instead of all. A single join does not wait.
 */
import {ChatError} from '@madang/protocol/errors';
import {resultOf, type Answer, type Database} from '../connections/pool.ts';

export type Join = {
  tenantId: string;
  roomId: string;
  userId: string;
  /** Whose grants count, if not the user's: the service that calls as the user. */
  actorId?: string;
  verifiedPasswordHash?: string;
};

/** Enough that a rush takes few calls; few enough that no call holds the room's lock for long (1 ms per join). */
const joinsPerCall = 50;
/** A join that has not been sent after this time is refused, and nobody joined. */
const queueMs = 900;

const joinRooms = {
  name: 'join_rooms',
  text: `
    select coalesce(
        staff_name_refusal(room_id, user_id),
        join_room_as(tenant_id, room_id, user_id, coalesce(actor_id, user_id), password_hash)) as answer
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[])
      as j (tenant_id, room_id, user_id, password_hash, actor_id)`,
};

const columnNames = ['tenantId', 'roomId', 'userId', 'verifiedPasswordHash', 'actorId'] as const;

type Waiting = {
  join: Join;
  since: number;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
};

/** For each pool, the queues of rooms with a call under way. */
const queues = new WeakMap<Database, Map<string, Waiting[]>>();

/** Returns the answer of join_room, and throws its refusal. */
export function joinGrouped<Result>(db: Database, join: Join): Promise<Result> {
  const ofRooms = queues.get(db) ?? new Map<string, Waiting[]>();
  queues.set(db, ofRooms);
  return new Promise<Result>((resolve, reject) => {
    const waiting: Waiting = {join, since: performance.now(), resolve, reject} as Waiting;
    const queue = ofRooms.get(join.roomId);
    if (queue) return queue.push(waiting);
    const begun = [waiting];
    ofRooms.set(join.roomId, begun);
    void work(db, begun, () => ofRooms.delete(join.roomId));
  });
}

/** Calls `done` in the step in which it finds the queue empty, so that no join enters the queue after the last call. */
async function work(db: Database, queue: Waiting[], done: () => void): Promise<void> {
  while (queue.length > 0) {
    const [late, batch] = [[] as Waiting[], [] as Waiting[]];
    for (const waiting of queue.splice(0, joinsPerCall)) {
      (performance.now() - waiting.since > queueMs ? late : batch).push(waiting);
    }
    for (const {reject} of late) reject(new ChatError('overloaded', {retryAfterMs: 500}));
    if (batch.length > 0) await run(db, batch);
  }
  done();
}

async function run(db: Database, batch: Waiting[]): Promise<void> {
  const column = <Key extends keyof Join>(key: Key) => batch.map(({join}) => join[key] ?? null);
  const values = columnNames.map(column);
  try {
    const rows = await db.query<{answer: Answer}>(joinRooms, values);
    for (const [index, {resolve, reject}] of batch.entries()) {
      try {
        resolve(resultOf(rows[index]!.answer));
      } catch (refusal) {
        reject(refusal);
      }
    }
  } catch (error) {
    // One join made the call fail, so nobody joined: try each alone, so that only that one is refused.
    const isOfOne = error instanceof ChatError && ['invalid', 'conflict', 'forbidden'].includes(error.code);
    if (isOfOne && batch.length > 1) for (const waiting of batch) await run(db, [waiting]);
    else for (const {reject} of batch) reject(error);
  }
}
