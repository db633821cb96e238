import {keepUserKeys} from '@madang/database/names/name-keys';
import type {Database} from '@madang/database/connections/pool';
import {keepRoomKeys} from '@madang/database/names/room-keys';
import type {Job} from '../job.ts';

/**
 * Fills in the keys for finding and comparing names and titles that an older release wrote without one. Until then that
 * release's rule finds them.
 */
export function createKeepNameKeys(db: Database): Job {
  return {
    name: 'keep-name-keys',
    everyMs: 5_000,
    run: async () => (await keepUserKeys(db, {limit: 500})) + (await keepRoomKeys(db, {limit: 500})),
  };
}
