import {
  finishUnseenRoom,
  listUnseenBy,
  listUnseenRooms,
  noteUnseen,
  type UnseenRoom,
} from '@madang/database/events/unseen';
import type {Database} from '@madang/database/connections/pool';
import type {Presence} from '../presence.ts';
import type {Job} from '../job.ts';

const everyMs = 500;

const roomsAtOnce = 50;

/** Members of one room per step: some ten milliseconds of Postgres, and one of Redis. */
const membersAtOnce = 1_000;

/**
 * Makes `message.unseen` for members who are absent and have not read a message for 5 s. A room stays due until all of
 * its members were checked, so the next worker finishes what a dead one left; members who already have an event are
 * skipped. While absence cannot be determined, rooms stay due and no event is made.
 */
export function createTellUnseen({db, presence}: {db: Database; presence: Presence}): Job {
  return {
    name: 'tell-unseen',
    everyMs,
    async run() {
      await presence.watch();
      let done = 0;
      for (const room of await listUnseenRooms(db, {limit: roomsAtOnce})) {
        if (!(await isTold(db, presence, room))) continue;
        await finishUnseenRoom(db, room);
        done += 1;
      }
      return done;
    },
  };
}

/** Checks the members; false if some could not be checked. */
async function isTold(db: Database, presence: Presence, room: UnseenRoom): Promise<boolean> {
  if (room.last === null) return true;
  let left = 0;
  for (let after: string | undefined; ;) {
    const userIds = await listUnseenBy(db, room, {after, limit: membersAtOnce});
    if (userIds.length > 0) {
      const absent = await presence.absent(room.tenantId, userIds);
      if (!absent) return false;
      if (absent.length > 0) left += await noteUnseen(db, room, absent);
    }
    if (userIds.length < membersAtOnce) return left === 0;
    after = userIds.at(-1);
  }
}
