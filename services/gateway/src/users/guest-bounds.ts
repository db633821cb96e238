import {ChatError} from '@madang/protocol/errors';
import type {Context} from '../context.ts';
import {guestsOfAddressADay, guestsOfTenantADay} from '../calls/rate-rules.ts';
import type {UsersNeeds} from './needs.ts';

/**
 * Throws if another guest would use up what others need: `rate_limited` above the daily number for an address or a
 * tenant, `overloaded` if Redis only has the memory left that the sessions of accounts need.
 */
export async function requireRoomForGuest({node, tenantId, address}: Context<UsersNeeds>): Promise<void> {
  if (node.redisMemory.share() >= node.config.GUEST_REDIS_SHARE) {
    throw new ChatError('overloaded', {
      message: 'No more guests may sign in for now. Sign in with an account, or try again in a few minutes.',
      retryAfterMs: 60_000,
    });
  }
  const {GUESTS_PER_ADDRESS_PER_DAY: perAddress, GUESTS_PER_TENANT_PER_DAY: perTenant} = node.config;
  await node.limits.take(guestsOfAddressADay(perAddress), address);
  await node.limits.take(guestsOfTenantADay(perTenant), tenantId);
}
