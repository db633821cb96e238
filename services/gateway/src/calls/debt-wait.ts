/** While a tenant is in debt for deliveries, its sends wait for part of their deadline; then they are refused. */
import {setTimeout as sleep} from 'node:timers/promises';
import {ChatError} from '@madang/protocol/errors';
import type {DeliveryDebts} from '@madang/redis/delivery-debts';
import type {Context} from '../context.ts';

/** The rest of the deadline is left for the send itself. */
const waitShare = 0.5;
/** How many sends of all tenants may wait on a node. */
const mostWaiting = 1_000;

export function createDebtWait(debts: Pick<DeliveryDebts, 'waitMs'>, deadlineMs: number) {
  let waiting = 0;

  return async ({caller, receivedAt}: Context): Promise<void> => {
    const waitMs = caller ? Math.ceil(debts.waitMs(caller.tenantId)) : 0;
    if (waitMs === 0) return;
    const isTooLong = performance.now() + waitMs > receivedAt + deadlineMs * waitShare;
    if (isTooLong || waiting >= mostWaiting)
      throw new ChatError('rate_limited', {
        retryAfterMs: waitMs,
        details: {limit: 'deliveries', per: 'tenant'},
      });
    waiting += 1;
    await sleep(waitMs);
    waiting -= 1;
  };
}
