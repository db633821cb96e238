import {pruneTickets} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** They are refused from their end on; this only gives the room back. */
const expiredMs = 60_000;

/** Forgets tickets that nobody used in time. */
export function createPruneTickets(db: Database): Job {
  return {
    name: 'prune-tickets',
    everyMs: 60_000,
    run: () => pruneTickets(db, {expiredMs}),
  };
}
