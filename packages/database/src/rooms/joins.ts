/** Joins of one room share a call. */
import {ChatError} from '@madang/protocol/errors';
import {resultOf, type Answer, type Database} from '../connections/pool.ts';
import {groupByRoom, type Waiting} from './grouped-calls.ts';

export type Join = {
  tenantId: string;
  roomId: string;
  userId: string;
  /** Whose grants count, if not the user's: the service that calls as the user. */
  actorId?: string;
  verifiedPasswordHash?: string;
};

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

/** Returns the answer of join_room, and throws its refusal. */
export const joinGrouped = groupByRoom<Join>({
  // Enough that a rush takes few calls; few enough that no call holds the room's lock for long (1 ms per join).
  itemsPerCall: 50,
  pauseMs: 0,
  queueMs: 900,
  run,
});

async function run(db: Database, batch: Waiting<Join>[]): Promise<void> {
  const column = <Key extends keyof Join>(key: Key) => batch.map(({item}) => item[key] ?? null);
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
