import {closeEmptyRooms} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Closes ephemeral rooms shortly after the last member has left. */
export function createCloseEmptyRooms({db, everyMs, afterMs}: EmptyRoomOptions): Job {
  return {
    name: 'close-empty-rooms',
    everyMs,
    run: async () => (await closeEmptyRooms(db, {afterMs})).length,
  };
}

export type EmptyRoomOptions = {db: Database; everyMs: number; afterMs: number};
