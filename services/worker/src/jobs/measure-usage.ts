import type {Database} from '@madang/database/connections/pool';
import {addUpUsage, measureUsage} from '@madang/database/operator/usage';
import type {Job} from '../job.ts';

/** Gateways report each minute, so a tenant that has used up its messages is stopped some seconds after a report. */
const everyMs = 10_000;

/** Two reports of a node: a late report still counts, and one of a dead node soon does not. */
const freshMs = 120_000;

const changesAtOnce = 5_000;

/** Adds up the usage of each tenant, and stops the sends of tenants that have used up their messages of the day. */
export function createMeasureUsage(db: Database): Job {
  return {
    name: 'measure-usage',
    everyMs,
    async run() {
      const added = await addUpUsage(db, {limit: changesAtOnce});
      await measureUsage(db, {freshMs});
      // Less than a page is no backlog: the remaining changes are new.
      return added < changesAtOnce ? 0 : added;
    },
  };
}
