import {pruneTickets} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Expired tickets are refused anyway; this only frees the space. */
const expiredMs = 60_000;

/** Deletes tickets that nobody used in time. */
export function createPruneTickets(db: Database): Job {
  return {
    name: 'prune-tickets',
    everyMs: 60_000,
    run: () => pruneTickets(db, {expiredMs}),
  };
}
