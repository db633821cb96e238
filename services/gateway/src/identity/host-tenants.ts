/** Which tenant a host name addresses, and which pages may call there. Trusted proxies report the host name. */
import type {Tenant} from '@madang/database/operator/tenants';
import {ChatError} from '@madang/protocol/errors';
import {includesOrigin} from '@madang/protocol/origins';
import type {Config} from '../config.ts';
import type {Tenants} from '../tenants.ts';
import {isAllowedOrigin} from './origins.ts';
import {hostOf, type Call} from './trusted-proxies.ts';

export function createHostTenants(tenants: Tenants, config: Config) {
  const ownHosts = new Set(config.ALLOWED_HOSTS);
  if (config.PUBLIC_URL) ownHosts.add(new URL(config.PUBLIC_URL).hostname);
  const hostNameOf = (call: Call) => (hostOf(config.TRUST_PROXY, call) ?? '').replace(/:\d+$/, '');

  return {
    /**
     * The tenant of the host name that the client called. Once the cluster knows its own names, any other name is
     * `misdirected`: another site could point its own name here.
     */
    async tenantOf(call: Call): Promise<Tenant> {
      const host = hostNameOf(call);
      const tenant = await tenants.ofHost(host);
      const isAnyNamed = tenant.areHostsNamed || ownHosts.size > 0;
      if (tenant.isNamed || !isAnyNamed || ownHosts.has(host) || isLocalCall(call, host)) return tenant;
      throw new ChatError('misdirected');
    },

    /** The tenant of the host name as this node last knew it; asks no store. */
    lastTenantOf: (call: Call) => tenants.lastOfHost(hostNameOf(call)),

    /** Whether the page that sends this may call. A handshake has the method GET. */
    async isAllowedOrigin(method: string, call: Call): Promise<boolean> {
      if (isAllowedOrigin(config, method, call)) return true;
      const {origin} = call.headers;
      if (origin === undefined) return false;
      // Only now, since reading the tenant's policy may require a query to Postgres.
      const {policy} = await tenants.ofHost(hostNameOf(call));
      return includesOrigin(policy.origins, origin);
    },
  };
}

/** True for a program on the same machine. A page of another site cannot have these names. */
function isLocalCall({socket}: Call, host: string): boolean {
  const isLocalName = host === 'localhost' || host === '127.0.0.1' || host === '[::1]';
  return isLocalName && /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
}
