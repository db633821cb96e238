import type {Database} from '@madang/database/connections/pool';
import {addUpUsage, measureUsage} from '@madang/database/operator/usage';
import type {Job} from '../job.ts';

/** Gateways report each minute, so a tenant that has spent its messages is stopped within some seconds more. */
const everyMs = 10_000;

/** Two reports of a node: one that is late is still counted, and one of a node that is gone soon is not. */
const freshMs = 120_000;

const changesAtOnce = 5_000;

/** Adds up what each tenant has, and stops the sends of those that have spent their messages of the day. */
export function createMeasureUsage(db: Database): Job {
  return {
    name: 'measure-usage',
    everyMs,
    async run() {
      const added = await addUpUsage(db, {limit: changesAtOnce});
      await measureUsage(db, {freshMs});
      // Fewer than a page are no backlog: the rest of them are new.
      return added < changesAtOnce ? 0 : added;
    },
  };
}
