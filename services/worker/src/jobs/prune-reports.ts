import {pruneReports} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Deletes reports that are as old as the audit log may be: what they say stands beside its lines. */
export function createPruneReports(db: Database): Job {
  return {
    name: 'prune-reports',
    everyMs: 3_600_000,
    run: () => pruneReports(db),
  };
}
