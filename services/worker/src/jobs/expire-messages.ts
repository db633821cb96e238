import {expireMessages} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** One transaction covers so many, since it locks the rooms that it changes until it ends. */
const roomsAtOnce = 50;

const batchesPerRun = 10;

/**
 * Removes messages that rooms have kept for as long as their type says. A run covers 500 rooms: a cluster with a million
 * rooms takes six hours, and a small cluster one run.
 */
export function createExpireMessages(db: Database): Job {
  let after: string | undefined;
  return {
    name: 'expire-messages',
    everyMs: 10_000,
    async run() {
      for (let batch = 0; batch < batchesPerRun; batch += 1) {
        after = await expireMessages(db, {after, limit: roomsAtOnce});
        if (after === undefined) break;
      }
      return 0;
    },
  };
}
