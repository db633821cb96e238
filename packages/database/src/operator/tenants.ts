import {completePolicy, presetPolicy} from '@madang/protocol/policy-presets';
import type {Policy} from '@madang/protocol/policy';
import {newId} from '../ids.ts';
import {call, type Database} from '../connections/pool.ts';

/** Rules of a policy that have separate commands: whether people may register, come as guests, look each other up. */
export type TenantSettings = {registration: boolean; guests: boolean; directory: boolean};
export type Tenant = {
  id: string;
  name: string;
  policy: Policy;
  policyVersion: number;
  /** The rooms that every account joins at registration. */
  defaultRoomIds: string[];
};
export type ListedTenant = {id: string; name: string; hosts: string[]; createdAt: string} & TenantSettings;

const columns = `t.id, t.name, t.policy, t.policy_version::float8 as "policyVersion",
  array(select r.id from rooms r where r.tenant_id = t.id and r.default_name is not null and r.is_default)
    as "defaultRoomIds"`;

const findByHost = {
  name: 'find_tenant_by_host',
  text: `
    select ${columns}, h.host is not null as "isNamed", exists (select from tenant_hosts) as "areHostsNamed"
    from tenants t left join tenant_hosts h on h.tenant_id = t.id and h.host = $1
    where h.host is not null or t.name = 'default'
    order by h.host is not null desc
    limit 1`,
};

/** Whether the host belongs to the tenant, and whether any tenant has its own hosts. */
export type HostedTenant = Tenant & {isNamed: boolean; areHostsNamed: boolean};

/** Finds the tenant that a host name (lower case, without port) leads to: `default` unless the host is another's. */
export async function findTenantByHost(db: Database, host: string): Promise<HostedTenant> {
  const [tenant] = await db.query<HostedTenant>(findByHost, [host]);
  return withWholePolicy(tenant!);
}

const findById = {name: 'find_tenant', text: `select ${columns} from tenants t where t.id = $1`};

/** Finds a tenant by id; undefined if there is none. */
export async function findTenant(db: Database, tenantId: string): Promise<Tenant | undefined> {
  const [tenant] = await db.query<Tenant>(findById, [tenantId]);
  return tenant && withWholePolicy(tenant);
}

function withWholePolicy<T extends Tenant>(tenant: T): T {
  return {...tenant, policy: completePolicy(tenant.policy)};
}

const listAll = {
  name: '',
  text: `
    select t.id, t.name, t.registration, t.guests, t.directory, wire_time(t.created_at) as "createdAt",
      array(select h.host from tenant_hosts h where h.tenant_id = t.id order by h.host) as hosts
    from tenants t order by t.name`,
};

export function listTenants(db: Database): Promise<ListedTenant[]> {
  return db.query<ListedTenant>(listAll);
}

const addTenant = {
  name: '',
  text: 'select add_tenant_with_policy($1, $2, $3, $4, $5::uuid[], $6::text[]) as answer',
};

export type NewTenant = {name: string; hosts: readonly string[]; policy?: Policy} & Partial<TenantSettings>;

/**
 * Adds a product to the cluster: its host names (lower case, without port), its policy (`community` unless given) and
 * its default rooms. Throws `conflict` if the name or a host is taken.
 */
export async function insertTenant(
  db: Database,
  {name, hosts, policy: given = presetPolicy('community', name), registration, guests, directory}: NewTenant,
): Promise<{id: string; name: string; defaultRoomIds: string[]}> {
  const policy: Policy = {
    ...given,
    signIn: {
      ...given.signIn,
      register: registration ?? given.signIn.register,
      guests: guests ?? given.signIn.guests,
    },
    people: {...given.people, directory: directory ?? given.people.directory},
  };
  const id = newId();
  const defaultRoomIds = policy.defaultRooms.map(newId);
  await call(db, addTenant, [id, name, newId(), JSON.stringify(policy), defaultRoomIds, hosts]);
  return {id, name, defaultRoomIds};
}

const changeTenant = {name: '', text: 'select change_tenant($1, $2, $3::text[], $4::text[]) as answer'};

export type TenantPatch = Partial<TenantSettings> & {
  addHosts?: readonly string[];
  removeHosts?: readonly string[];
};

/** Changes the given fields. Throws `not_found`, or `conflict` if a host leads to another tenant. */
export async function updateTenant(
  db: Database,
  {name, addHosts = [], removeHosts = [], ...settings}: TenantPatch & {name: string},
): Promise<void> {
  await call(db, changeTenant, [name, JSON.stringify(settings), addHosts, removeHosts]);
}
