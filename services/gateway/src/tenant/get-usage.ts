import {readUsage} from '@madang/database/operator/usage';
import type {GetUsageInput, GetUsageResult} from '@madang/protocol/usage';
import type {Handler, SignedInContext} from '../context.ts';
import type {TenantNeeds} from './needs.ts';

/** Returns the usage of the caller's tenant, by day. */
export const getUsage: Handler<SignedInContext<TenantNeeds>, GetUsageInput, GetUsageResult> = (
  {node, caller},
  {from, to},
) => readUsage(node.db, {tenantId: caller.tenantId, from, to});
