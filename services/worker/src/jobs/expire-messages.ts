import {expireMessages} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/**
 * Lets messages go that rooms have kept for as long as their type says. A run looks at a part of the rooms, so that a cluster
 * of a million is through within some hours and a small one at once.
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
