/** The tenants as this node knows them: what an operator changes about one is known everywhere after two seconds. */
import type {Database} from '@madang/database/connections/pool';
import {
  findTenant,
  findTenantByHost,
  type HostedTenant,
  type Tenant,
} from '@madang/database/operator/tenants';
import {ChatError} from '@madang/protocol/errors';

export type Tenants = {
  /** The tenant that a host name (lower case, without port) leads to. */
  ofHost(host: string): Promise<HostedTenant>;
  /** A tenant that somebody is signed in to. */
  get(tenantId: string): Promise<Tenant>;
};

const ageMs = 2_000;
// Clients choose host names, so their number is bounded.
const remembered = 1_000;

export function createTenants(db: Database): Tenants {
  return {
    ofHost: remember((host) => findTenantByHost(db, host)),
    get: remember(async (tenantId) => {
      const tenant = await findTenant(db, tenantId);
      if (!tenant) throw new ChatError('not_found');
      return tenant;
    }),
  };
}

function remember<T extends Tenant>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const known = new Map<string, {tenant: T; until: number}>();
  return async (key) => {
    const found = known.get(key);
    if (found && found.until > performance.now()) return found.tenant;
    // From when the question was sent: what is committed later must show in time.
    const until = performance.now() + ageMs;
    const tenant = await read(key);
    if (known.size >= remembered) known.clear();
    known.set(key, {tenant, until});
    return tenant;
  };
}
