import type {Database} from '@madang/database/connections/pool';
import {pruneUsage} from '@madang/database/operator/usage';
import type {Job} from '../job.ts';

/** A year, and the month after it in which usage is billed; docs/data.md states this. */
const keepDays = 400;

/** Deletes the usage of tenants from more than a year ago. */
export function createPruneUsage(db: Database): Job {
  return {
    name: 'prune-usage',
    everyMs: 3_600_000,
    run: () => pruneUsage(db, {keepDays, limit: 1_000}),
  };
}
