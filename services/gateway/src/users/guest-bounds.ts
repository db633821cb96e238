import {ChatError} from '@madang/protocol/errors';
import type {Context} from '../context.ts';
import {guestsOfAddressADay, guestsOfTenantADay} from '../calls/rate-rules.ts';
import type {UsersNeeds} from './needs.ts';

/**
 * Throws where a guest more would take room from others: `rate_limited` above what an address or a tenant may have in a
 * day, `overloaded` where Redis has only what the sessions of accounts need.
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
