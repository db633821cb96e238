/**
 * What this node's tenants use: counted here, and reported each minute in one statement. No call waits for it. A node that
 * dies loses what it has counted since its last report.
 */
import type {Database} from '@madang/database/connections/pool';
import {reportUsage, type TenantUsage} from '@madang/database/operator/usage';
import type {Logger} from '@madang/runtime/log';

export type Usage = {
  /** A call with a credential. */
  called(tenantId: string): void;
  /** Messages that were stored, not found again. */
  stored(tenantId: string, messages: number): void;
  /** A connection begins; returns what must be called once, when it ends. */
  connected(tenantId: string): () => void;
  /** Reports what is left. */
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

  /** What is taken is not put back where the answer is lost: it may have been added, and would count twice. */
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
      .catch((error: unknown) => log.warn({err: error}, 'the usage of a minute is not reported'));
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
