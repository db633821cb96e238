import type {Database} from '@madang/database/connections/pool';
import {pruneUsage} from '@madang/database/operator/usage';
import type {Job} from '../job.ts';

/** A year, and the month after it in which it is accounted for; docs/data.md says so. */
const keepDays = 400;

/** Forgets what tenants used more than a year ago. */
export function createPruneUsage(db: Database): Job {
  return {
    name: 'prune-usage',
    everyMs: 3_600_000,
    run: () => pruneUsage(db, {keepDays, limit: 1_000}),
  };
}
