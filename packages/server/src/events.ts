import {queryOf} from './addresses.ts';
import {ServerError, type Request} from './request.ts';
import type {EventFilter, TenantEvent} from './types.ts';

/** The cluster answers after this long even if nothing happened. It must be shorter than the default `timeoutMs`. */
const eventWaitSeconds = 5;

export function eventCalls(request: Request) {
  return {
    /**
     * Yields the events of the tenant, in order and without end. Store the `position` of the last event that you handled,
     * and pass it as `after` next time. Throws when the cluster cannot be reached for longer than `timeoutMs`.
     */
    async *events({after, types, onReset}: EventFilter = {}): AsyncGenerator<TenantEvent, never, undefined> {
      for (let next = after; ;) {
        const query = queryOf({after: next, types, waitSeconds: eventWaitSeconds});
        const page = await request<{events: TenantEvent[]; next: number; reset?: true}>(
          'GET',
          `/events?${query}`,
        );
        if (page.reset) tellReset(next ?? 0, onReset);
        yield* page.events;
        next = page.next;
      }
    },
  };
}

function tellReset(after: number, onReset: EventFilter['onReset']): void {
  if (onReset) return onReset({after});
  const message = `Events after position ${after} are no longer kept. Read what you need again, and begin without after.`;
  throw new ServerError({code: 'conflict', message, retryable: false, details: {after}});
}
