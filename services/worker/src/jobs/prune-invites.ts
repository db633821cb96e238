import {pruneInvites} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** For a day, who holds a link is told why it leads nowhere. */
const expiredMs = 24 * 3_600_000;

/** Deletes invites that have expired. */
export function createPruneInvites(db: Database): Job {
  return {
    name: 'prune-invites',
    everyMs: 600_000,
    run: () => pruneInvites(db, {expiredMs}),
  };
}
