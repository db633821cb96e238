import {deleteUnseenGuests} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Longer than an unused session of a guest lives. */
const unseenMs = 30 * 24 * 3_600_000;

/** The lifetime of a guest session that has never opened a socket. */
const neverSeenMs = 3_600_000;

/** Deletes guests who have not come back: nobody else can sign in as them. */
export function createDeleteUnseenGuests(db: Database): Job {
  return {
    name: 'delete-unseen-guests',
    everyMs: 600_000,
    run: () => deleteUnseenGuests(db, {unseenMs, neverSeenMs, limit: 100}),
  };
}
