import {blankGoneUsers} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Erases the messages of deleted users. The rows stay, so that a late retry finds its first result. */
export function createBlankGoneUsers(db: Database): Job {
  return {
    name: 'blank-gone-users',
    everyMs: 10_000,
    run: () => blankGoneUsers(db, {limit: 50}),
  };
}
