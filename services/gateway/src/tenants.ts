/**
 * The tenants as this node knows them, with their policies. What changes about one is known at once where its signal
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
  /** A tenant that somebody is signed in to. */
  get(tenantId: string): Promise<Tenant>;
  /** Reads the tenant again when somebody asks for it next. */
  forget(tenantId: string): void;
  forgetAll(): void;
  /** The tenant as this node last knew it; if that is older than two seconds it is read again, and nobody waits for it. */
  last(tenantId: string): Tenant | undefined;
  /** The id of the tenant whose host it is, as this node last knew; undefined for names that are nobody's. */
  lastOfHost(host: string): string | undefined;
};

const ageMs = 2_000;
// Clients choose host names, so their number is bounded.
const remembered = 1_000;

export function createTenants(db: Database): Tenants {
  const named = new Map<string, string>();
  const byHost = remember(async (host) => {
    const found = await findTenantByHost(db, host);
    // Only names that an operator gave a tenant, so that clients cannot fill this.
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

/** Who asks while the answer is on its way waits for that one: many calls come at once when it is due. */
function remember<T extends Tenant>(find: (key: string) => Promise<T>) {
  const known = new Map<string, Known<T>>();

  function ask(key: string, last?: T): Promise<T> {
    // From when the question was sent: what is committed later must show in time.
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
    /** A question that is on its way may be answered by what was before, so it is asked again. */
    forget(isMeant: (tenant: T) => boolean): void {
      for (const [key, {isAsked, last}] of known) if (isAsked || !last || isMeant(last)) known.delete(key);
    },
  };
}
