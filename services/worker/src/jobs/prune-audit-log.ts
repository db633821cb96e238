import {pruneAudit} from '@madang/database/operator/audit';
import type {Database} from '@madang/database/connections/pool';
import type {Job} from '../job.ts';

/**
 * Deletes old lines of the audit log, a batch at a time. The database decides the age: this role must not choose it.
 */
export function createPruneAuditLog(db: Database): Job {
  return {
    name: 'prune-audit-log',
    everyMs: 60_000,
    run: () => pruneAudit(db, {limit: 1_000}),
  };
}
