import {keepUserKeys} from '@madang/database/names/name-keys';
import type {Database} from '@madang/database/connections/pool';
import {keepRoomKeys} from '@madang/database/names/room-keys';
import type {Job} from '../job.ts';

/**
 * Makes the keys by which names and titles are found and compared, where an older release wrote none. Until then these are
 * found by that release's rule.
 */
export function createKeepNameKeys(db: Database): Job {
  return {
    name: 'keep-name-keys',
    everyMs: 5_000,
    run: async () => (await keepUserKeys(db, {limit: 500})) + (await keepRoomKeys(db, {limit: 500})),
  };
}
