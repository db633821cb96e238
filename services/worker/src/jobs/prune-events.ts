import {pruneEvents} from '@madang/database/events/events';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Events per tenant and run: some ten milliseconds of Postgres. */
const prunedAtOnce = 5_000;

/** Deletes events that are older than their tenant's policy keeps them. */
export function createPruneEvents(db: Database): Job {
  return {
    name: 'prune-events',
    everyMs: 60_000,
    run: () => pruneEvents(db, {limit: prunedAtOnce}),
  };
}
