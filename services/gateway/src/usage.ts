/**
 * The usage of this node's tenants: counted here, and reported each minute in one statement. No call waits for it. A
 * node that dies loses what it has counted since its last report.
 */
import type {Database} from '@madang/database/connections/pool';
import {reportUsage, type TenantUsage} from '@madang/database/operator/usage';
import type {Logger} from '@madang/runtime/log';

export type Usage = {
  /** Counts a call with a credential. */
  called(tenantId: string): void;
  /** Counts stored messages; duplicates do not count. */
  stored(tenantId: string, messages: number): void;
  /** Counts a new connection; returns a function to call once, when it ends. */
  connected(tenantId: string): () => void;
  /** Reports what has not been reported. */
  close(): Promise<void>;
};

export type UsageOptions = {db: Database; nodeId: string; everyMs: number; log: Logger};

type Counts = {messages: number; calls: number; open: number; most: number};

export function createUsage({db, nodeId, everyMs, log}: UsageOptions): Usage {
  const counts = new Map<string, Counts>();
  let reporting: Promise<void> = Promise.resolve();
  const timer = setInterval(() => void report(), everyMs);
  timer.unref();

  function of(tenantId: string): Counts {
    let found = counts.get(tenantId);
    if (!found) counts.set(tenantId, (found = {messages: 0, calls: 0, open: 0, most: 0}));
    return found;
  }

  /** Counts are not restored if the answer is lost: they may have been added, and would count twice. */
  function takeAll(): TenantUsage[] {
    const taken: TenantUsage[] = [];
    for (const [tenantId, each] of counts) {
      const {messages, calls, open, most} = each;
      taken.push({tenantId, messages, calls, connections: most});
      if (messages + calls + open + most === 0) counts.delete(tenantId);
      else Object.assign(each, {messages: 0, calls: 0, most: open});
    }
    return taken.toSorted((a, b) => (a.tenantId < b.tenantId ? -1 : 1));
  }

  function report(): Promise<void> {
    const tenants = takeAll();
    if (tenants.length === 0) return reporting;
    reporting = reporting
      .then(() => reportUsage(db, {nodeId, tenants}))
      .catch((error: unknown) => log.warn({err: error}, 'cannot report the usage of a minute'));
    return reporting;
  }

  return {
    called(tenantId) {
      of(tenantId).calls += 1;
    },
    stored(tenantId, messages) {
      of(tenantId).messages += messages;
    },
    connected(tenantId) {
      const begun = of(tenantId);
      begun.open += 1;
      begun.most = Math.max(begun.most, begun.open);
      return () => {
        of(tenantId).open -= 1;
      };
    },
    async close() {
      clearInterval(timer);
      await report();
    },
  };
}
