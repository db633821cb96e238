import {collectFiles} from '@madang/database/files/files';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

// Who writes a message with an image takes less time, or uploads it again.
const unsentMs = 3_600_000;

/** Removes images whose message or room is gone, and those that were uploaded and never sent. */
export function createCollectFiles(db: Database): Job {
  return {
    name: 'collect-files',
    everyMs: 10_000,
    run: () => collectFiles(db, {unsentMs, limit: 20}),
  };
}
