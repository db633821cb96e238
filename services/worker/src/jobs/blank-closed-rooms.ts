import {blankClosedRooms} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Blanks the messages of closed rooms. The rows stay, so that a late retry finds its first result. */
export function createBlankClosedRooms(db: Database): Job {
  return {
    name: 'blank-closed-rooms',
    everyMs: 10_000,
    run: () => blankClosedRooms(db, {limit: 500}),
  };
}
