import {blankTruncatedRooms} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Blanks truncated messages, which nobody is shown. The rows stay, so that a late retry finds its first result. */
export function createBlankTruncatedRooms(db: Database): Job {
  return {
    name: 'blank-truncated-rooms',
    everyMs: 10_000,
    run: () => blankTruncatedRooms(db, {limit: 500}),
  };
}
