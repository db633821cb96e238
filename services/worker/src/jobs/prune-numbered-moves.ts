import {pruneNumberedMoves} from '@madang/database/jobs/numbered-moves';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** As long as prune-moves keeps moves. */
const keepMs = 3_600_000;

const prunedAtOnce = 2_000;

/** Deletes numbered moves that every reader has processed. */
export function createPruneNumberedMoves(db: Database): Job {
  return {
    name: 'prune-numbered-moves',
    everyMs: 60_000,
    run: () => pruneNumberedMoves(db, {keepMs, limit: prunedAtOnce}),
  };
}
