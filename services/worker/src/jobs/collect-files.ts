import {collectFiles} from '@madang/database/files/files';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

// A user who writes a message with an image takes less time, or uploads the image again.
const unsentMs = 3_600_000;

/** Deletes images whose message or room was removed, and images that were uploaded but never sent. */
export function createCollectFiles(db: Database): Job {
  return {
    name: 'collect-files',
    everyMs: 10_000,
    run: () => collectFiles(db, {unsentMs, limit: 20}),
  };
}
