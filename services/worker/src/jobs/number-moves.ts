import {numberMoves} from '@madang/database/jobs/numbered-moves';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Readers poll equally often, so a change reaches its job within half a second. */
const everyMs = 150;

/** Transactions per run: some ten milliseconds of Postgres. */
const numberedAtOnce = 2_000;

/** Puts moves into one order, for jobs that keep a position. Does nothing if there is no such job. */
export function createNumberMoves(db: Database): Job {
  return {
    name: 'number-moves',
    everyMs,
    run: () => numberMoves(db, {limit: numberedAtOnce}),
  };
}
