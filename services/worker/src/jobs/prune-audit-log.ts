import {pruneAudit} from '@madang/database/operator/audit';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/** Forgets old lines of the audit log, a batch at a time. How old, the database knows: this role could not be trusted. */
export function createPruneAuditLog(db: Database): Job {
  return {
    name: 'prune-audit-log',
    everyMs: 60_000,
    run: () => pruneAudit(db, {limit: 1_000}),
  };
}
