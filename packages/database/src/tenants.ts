import {newId} from './ids.ts';
import type {Database} from './pool.ts';

export type Tenant = {id: string; name: string; generalRoomId: string};

const findTenant = {
  name: 'find_tenant',
  text: `
    select t.id, t.name, t.general_room_id as "generalRoomId"
    from tenants t left join tenant_hosts h on h.tenant_id = t.id and h.host = $1
    where h.host is not null or t.name = 'default'
    order by h.host is not null desc
    limit 1`,
};

/** Finds the product that a host name (lower case, without port) leads to: the tenant `default` unless told. */
export async function findTenantByHost(db: Database, host: string): Promise<Tenant> {
  const [tenant] = await db.query<Tenant>(findTenant, [host]);
  return tenant!;
}

const createTenant = {name: 'create_tenant', text: 'select create_tenant($1, $2, $3::text[], $4, $5)'};

/** Adds a product to the cluster, with the host names (lower case, without port) that lead to it and its `general`. */
export async function insertTenant(
  db: Database,
  {name, hosts}: {name: string; hosts: readonly string[]},
): Promise<Tenant> {
  const [id, generalRoomId] = [newId(), newId()];
  await db.query(createTenant, [id, name, hosts, newId(), generalRoomId]);
  return {id, name, generalRoomId};
}
