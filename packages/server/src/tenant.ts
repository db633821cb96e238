import {randomUUID} from 'node:crypto';
import {queryOf} from './addresses.ts';
import type {Request} from './request.ts';
import type {NotifyInput, Tenant, TenantPatch, Usage} from './types.ts';

export function tenantCalls(request: Request) {
  return {
    /** Reads the tenant's usage by day (UTC), by default for the last month. Today's figures are those so far. */
    async usage(range: {from?: string; to?: string} = {}): Promise<Usage> {
      const query = queryOf(range);
      return request('GET', query.size > 0 ? `/usage?${query}` : '/usage');
    },

    /** Reads the policy and its version. */
    async tenant(): Promise<Tenant> {
      return request('GET', '/tenant');
    },

    /**
     * Changes the policy by a JSON Merge Patch. Throws `conflict` if `version` is not the current one: read the policy, and
     * patch again. If an answer is lost, the change may have been made. The repeated call then throws `conflict`.
     */
    async updateTenant(input: TenantPatch): Promise<Tenant> {
      return request('PATCH', '/tenant', input);
    },

    /** Notifies up to 1,000 users on all their devices. The ids in the answer have the order of `to`. */
    async notify({key = randomUUID(), ...input}: NotifyInput): Promise<string[]> {
      const {ids} = await request<{ids: string[]}>('POST', '/notifications', {key, ...input});
      return ids;
    },
  };
}
