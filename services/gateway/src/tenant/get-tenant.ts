import {findTenant} from '@madang/database/operator/tenants';
import {ChatError} from '@madang/protocol/errors';
import type {EmptyInput} from '@madang/protocol/presence';
import type {TenantResult} from '@madang/protocol/tenant';
import type {Handler, SignedInContext} from '../context.ts';
import type {TenantNeeds} from './needs.ts';

/** Returns the policy as Postgres has it, not as this node last knew it: a patch applies to one version. */
export const getTenant: Handler<SignedInContext<TenantNeeds>, EmptyInput, TenantResult> = ({node, caller}) =>
  readPolicy(node, caller.tenantId);

export async function readPolicy({db}: TenantNeeds, tenantId: string): Promise<TenantResult> {
  const tenant = await findTenant(db, tenantId);
  if (!tenant) throw new ChatError('not_found');
  return {policy: tenant.policy, version: tenant.policyVersion};
}
