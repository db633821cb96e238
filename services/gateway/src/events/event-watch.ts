/** Waits for events of tenants: one question a tick for all who wait on this node. */
import type {Logger} from '@madang/runtime/log';

/** Half of the time in which what has just happened is numbered. */
const everyMs = 100;

export type EventWatch = {
  /** Whether the tenant's last event is beyond that position, by `until` (monotonic, ms) at the latest. */
  isPassed(tenantId: string, position: number, until: number): Promise<boolean>;
  /** Lets all go who wait. */
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
      log.debug({err: error}, 'the positions of events cannot be read');
    }
    for (const each of waiting) if (performance.now() >= each.until) end(each, false);
    timer = undefined;
    plan();
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
