import {pruneSignals} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** The longest lifetime of a session: until then the signal records that it was signed out. */
const sessionKeepMs = 90 * 24 * 3_600_000;

/** A node that has seen none of these signals by then is told to check everyone. */
const otherKeepMs = 3_600_000;

/** Deletes signals that no node will ask for any more. */
export function createPruneSignals(db: Database): Job {
  return {
    name: 'prune-signals',
    everyMs: 60_000,
    run: () => pruneSignals(db, {sessionKeepMs, otherKeepMs}),
  };
}
