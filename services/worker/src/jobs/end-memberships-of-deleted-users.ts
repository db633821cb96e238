import {endMembershipsOfDeletedUsers} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/**
 * Ends the memberships of deleted users, room by room. Deleted users cannot act from the moment of the deletion; this
 * job lets the other members see them leave.
 */
export function createEndMembershipsOfDeletedUsers({db, everyMs}: {db: Database; everyMs: number}): Job {
  return {
    name: 'end-memberships-of-deleted-users',
    everyMs,
    run: async () => (await endMembershipsOfDeletedUsers(db, {limit: 200})).length,
  };
}
