import {pruneNodes} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Far above lease and grace, so that every departure the node's end causes has been decided by then. */
const expiredMs = 3_600_000;

/** Forgets nodes that ended long ago, and who attended through them. */
export function createPruneNodes(db: Database): Job {
  return {
    name: 'prune-nodes',
    everyMs: 60_000,
    run: () => pruneNodes(db, {expiredMs}),
  };
}
