import {listAuditFor} from '@madang/database/operator/audit';
import type {ListAuditInput, ListAuditResult} from '@madang/protocol/audit';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {TenantNeeds} from './needs.ts';

/** Lists what was done in the tenant, by whom and why, newest first. */
export const listAudit: Handler<SignedInContext<TenantNeeds>, ListAuditInput, ListAuditResult> = (
  {node, caller},
  input,
) => listAuditFor(node.db, {tenantId: caller.tenantId, actorId: actorOf(caller).id}, input);
