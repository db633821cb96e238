import {pruneNotifications} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Notifications this old are no longer news; a sender's key also makes a call safe to repeat for this long. */
const keepMs = 90 * 24 * 3_600_000;

/** Deletes old notifications, a batch at a time. */
export function createPruneNotifications(db: Database): Job {
  return {
    name: 'prune-notifications',
    everyMs: 60_000,
    run: () => pruneNotifications(db, {keepMs}),
  };
}
