import {pruneNodes} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Far above lease and grace, so that by then every departure caused by the node's end has been decided. */
const expiredMs = 3_600_000;

/** Deletes nodes that ended long ago, and their attendances. */
export function createPruneNodes(db: Database): Job {
  return {
    name: 'prune-nodes',
    everyMs: 60_000,
    run: () => pruneNodes(db, {expiredMs}),
  };
}
