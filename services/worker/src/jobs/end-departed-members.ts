import {endDepartedMembers} from '@madang/database/jobs/jobs';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/**
 * Ends memberships of ephemeral rooms whose users have had no connection anywhere for the grace period.
 *
 * A node counts as alive while its lease in Postgres holds, and no node can renew its lease while Postgres is away. So
 * this job only watches, and decides nothing, until Postgres has answered for lease + grace without interruption.
 */
export function createEndDepartedMembers({db, everyMs, graceMs, leaseMs}: DepartedOptions): Job {
  let answersSince: number | undefined;
  let lastRunAt = 0;
  return {
    name: 'end-departed-members',
    everyMs,
    async run() {
      // Uses the wall clock: a machine that slept has not renewed leases either, and only that clock shows it.
      const now = Date.now();
      const hasSlept = Math.abs(now - lastRunAt) > leaseMs;
      lastRunAt = now;
      if (answersSince === undefined || hasSlept) answersSince = now;
      if (now - answersSince < leaseMs + graceMs) {
        await db.query(anyAnswer);
        return 0;
      }
      return (await endDepartedMembers(db, {graceMs})).length;
    },
    onFailure() {
      answersSince = undefined;
    },
  };
}

const anyAnswer = {name: 'any_answer', text: 'select 1'};

export type DepartedOptions = {db: Database; everyMs: number; graceMs: number; leaseMs: number};
