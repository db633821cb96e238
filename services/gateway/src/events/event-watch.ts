/** Waits for events of tenants: one question per tick for all calls that wait on this node. */
import {ChatError} from '@madang/protocol/errors';
import type {Logger} from '@madang/runtime/log';

/** Half of the time within which a new event is numbered. */
const everyMs = 100;
/** How many calls of a tenant may wait on this node at once. Each keeps a request open. */
const mostOfTenant = 100;

export type EventWatch = {
  /**
   * Whether the tenant's last event is beyond that position, at the latest at `until` (monotonic, ms). Rejects with
   * `rate_limited` if too many calls of the tenant wait.
   */
  isPassed(tenantId: string, position: number, until: number): Promise<boolean>;
  /** Ends all waits. */
  close(): void;
};

type Waiting = {tenantId: string; position: number; until: number; end: (isPassed: boolean) => void};

export function createEventWatch({
  readPositions,
  log,
}: {
  readPositions: (tenantIds: string[]) => Promise<Map<string, number>>;
  log: Logger;
}): EventWatch {
  const waiting = new Set<Waiting>();
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  async function look(): Promise<void> {
    try {
      const positions = await readPositions([...new Set([...waiting].map(({tenantId}) => tenantId))]);
      for (const each of waiting) {
        if ((positions.get(each.tenantId) ?? 0) > each.position) end(each, true);
      }
    } catch (error) {
      log.debug({err: error}, 'cannot read the event positions');
    }
    for (const each of waiting) if (performance.now() >= each.until) end(each, false);
    timer = undefined;
    plan();
  }

  function countOf(tenantId: string): number {
    return waiting.values().reduce((count, each) => (each.tenantId === tenantId ? count + 1 : count), 0);
  }

  function end(each: Waiting, isPassed: boolean): void {
    waiting.delete(each);
    each.end(isPassed);
  }

  function plan(): void {
    if (waiting.size > 0) timer ??= setTimeout(() => void look(), everyMs);
  }

  return {
    isPassed(tenantId, position, until) {
      if (isClosed) return Promise.resolve(false);
      if (countOf(tenantId) >= mostOfTenant) {
        const details = {limit: 'event-waits', per: 'tenant'};
        return Promise.reject(new ChatError('rate_limited', {retryAfterMs: 1_000, details}));
      }
      return new Promise((resolve) => {
        waiting.add({tenantId, position, until, end: resolve});
        plan();
      });
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
      for (const each of waiting) end(each, false);
    },
  };
}
