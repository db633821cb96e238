/**
 * The tenants and their policies as this node knows them. A change of a tenant is known at once where its signal
 * arrives, and everywhere after two seconds.
 */
import type {Database} from '@madang/database/connections/pool';
import {
  findTenant,
  findTenantByHost,
  type HostedTenant,
  type Tenant,
} from '@madang/database/operator/tenants';
import {ChatError} from '@madang/protocol/errors';
import {keepNewest} from '@madang/runtime/keep-newest';

export type Tenants = {
  /** The tenant that a host name (lower case, without port) leads to. */
  ofHost(host: string): Promise<HostedTenant>;
  /** The tenant of a signed-in user. */
  get(tenantId: string): Promise<Tenant>;
  /** Makes the next request read the tenant again. */
  forget(tenantId: string): void;
  forgetAll(): void;
  /** The tenant as this node last knew it. If that is older than two seconds it is read again in the background. */
  last(tenantId: string): Tenant | undefined;
  /** The id of the tenant with this host, as this node last knew it; undefined for names that no tenant has. */
  lastOfHost(host: string): string | undefined;
};

const ageMs = 2_000;
// Clients choose host names, so their number is bounded.
const remembered = 1_000;

export function createTenants(db: Database): Tenants {
  const named = new Map<string, string>();
  const byHost = remember(async (host) => {
    const found = await findTenantByHost(db, host);
    // Only names that an operator gave a tenant, so that clients cannot fill this map.
    if (found.isNamed) named.set(host, found.id);
    else named.delete(host);
    return found;
  });
  const byId = remember(async (tenantId) => {
    const tenant = await findTenant(db, tenantId);
    if (!tenant) throw new ChatError('not_found');
    return tenant;
  });
  return {
    ofHost: byHost.read,
    lastOfHost: (host) => named.get(host),
    get: byId.read,
    last: byId.last,
    forget(tenantId) {
      byHost.forget(({id}) => id === tenantId);
      byId.forget(({id}) => id === tenantId);
    },
    forgetAll() {
      byHost.forget(() => true);
      byId.forget(() => true);
    },
  };
}

type Known<T> = {answer: Promise<T>; until: number; isAsked: boolean; last?: T | undefined};

/** Concurrent callers share one query: many calls come at once when an answer has expired. */
function remember<T extends Tenant>(find: (key: string) => Promise<T>) {
  const known = new Map<string, Known<T>>();

  function ask(key: string, last?: T): Promise<T> {
    // Counted from when the query was sent: later commits must show in time.
    const asked: Known<T> = {until: performance.now() + ageMs, answer: find(key), isAsked: true, last};
    keepNewest(known, key, asked, remembered);
    asked.answer.then(
      (tenant) => Object.assign(asked, {last: tenant, isAsked: false}),
      () => Object.assign(asked, {until: -Infinity, isAsked: false}),
    );
    return asked.answer;
  }

  return {
    read(key: string): Promise<T> {
      const found = known.get(key);
      return found && found.until > performance.now() ? found.answer : ask(key, found?.last);
    },
    last(key: string): T | undefined {
      const found = known.get(key);
      if (found && found.until <= performance.now() && !found.isAsked) ask(key, found.last).catch(() => {});
      return found?.last;
    },
    /** A query under way may return the old state, so the tenant is read again. */
    forget(isMeant: (tenant: T) => boolean): void {
      for (const [key, {isAsked, last}] of known) if (isAsked || !last || isMeant(last)) known.delete(key);
    },
  };
}
