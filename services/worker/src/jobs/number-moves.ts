import {numberMoves} from '@madang/database/jobs/numbered-moves';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** A reader polls as often, so a room reaches its job within half a second. */
const everyMs = 150;

/** Transactions at once: some ten milliseconds of Postgres. */
const numberedAtOnce = 2_000;

/** Puts what moved into one order, for jobs that keep a position. Does nothing while there is none. */
export function createNumberMoves(db: Database): Job {
  return {
    name: 'number-moves',
    everyMs,
    run: () => numberMoves(db, {limit: numberedAtOnce}),
  };
}
