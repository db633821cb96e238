import {expireMessages} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/**
 * Removes messages that rooms have kept for as long as their type says. A run covers part of the rooms: a cluster with
 * a million rooms takes some hours, and a small cluster one run.
 */
export function createExpireMessages(db: Database): Job {
  let after: string | undefined;
  return {
    name: 'expire-messages',
    everyMs: 10_000,
    async run() {
      after = await expireMessages(db, {after, limit: 50});
      return 0;
    },
  };
}
