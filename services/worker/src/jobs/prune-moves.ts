import {pruneMoves} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** A node that has not asked for an hour checks all its rooms. */
const keepMs = 3_600_000;

/** Moves per run: some ten milliseconds of Postgres. */
const prunedAtOnce = 5_000;

/** Deletes moves once every node has had an hour to see them. */
export function createPruneMoves(db: Database): Job {
  return {
    name: 'prune-moves',
    everyMs: 60_000,
    run: () => pruneMoves(db, {keepMs, limit: prunedAtOnce}),
  };
}
