import {patchPolicy} from '@madang/database/operator/policies';
import {ChatError} from '@madang/protocol/errors';
import {policy as policySchema, policyFaults, type Policy} from '@madang/protocol/policy';
import {mergePatch, policyChanges} from '@madang/protocol/policy-changes';
import type {TenantResult, UpdateTenantInput} from '@madang/protocol/tenant';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import {readPolicy} from './get-tenant.ts';
import {requireReadableKeySets} from './key-set-addresses.ts';
import type {TenantNeeds} from './needs.ts';

/** The same number as in any other refusal. */
const maxIssues = 20;

/**
 * Changes the policy of the caller's tenant. Later writes obey it at once; everything else does once each node has seen
 * the signal, within two seconds.
 *
 * Repeating a patch that was stored is refused as `conflict`, since it was made for an earlier version.
 */
export const updateTenant: Handler<SignedInContext<TenantNeeds>, UpdateTenantInput, TenantResult> = async (
  ctx,
  {version, patch},
) => {
  const {node, caller} = ctx;
  const {tenantId} = caller;
  const before = await readPolicy(node, tenantId);
  if (before.version !== version) throw new ChatError('conflict', {details: {version: before.version}});
  const policy = parsePolicy(mergePatch(before.policy, patch));
  const changes = policyChanges(before.policy, policy).map(({path}) => path);
  if (changes.length === 0) return before;
  await requireReadableKeySets(node.outbound, before.policy, policy);
  const stored = await patchPolicy(
    node.db,
    {tenantId, policy, version, changes, actorId: actorOf(caller).id},
    ctx,
  );
  node.broadcast.signal({kind: 'tenant', tenantId});
  return {policy, version: stored.version};
};

function parsePolicy(given: unknown): Policy {
  const {success, data, error} = policySchema.safeParse(given);
  if (success) return data;
  throw new ChatError('invalid', {details: {issues: policyFaults(error).slice(0, maxIssues)}});
}
