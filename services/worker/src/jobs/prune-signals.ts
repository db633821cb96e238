import {pruneSignals} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** As long as any session may live: until then the signal is what says that it was signed out. */
const sessionKeepMs = 90 * 24 * 3_600_000;

/** A node that has seen none of them by then is told to look at everyone. */
const otherKeepMs = 3_600_000;

/** Forgets the signals that no node will ask for any more. */
export function createPruneSignals(db: Database): Job {
  return {
    name: 'prune-signals',
    everyMs: 60_000,
    run: () => pruneSignals(db, {sessionKeepMs, otherKeepMs}),
  };
}
