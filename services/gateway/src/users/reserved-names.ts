import {skeleton} from '@madang/database/names/skeletons';
import {ChatError} from '@madang/protocol/errors';
import type {Context} from '../context.ts';
import type {UsersNeeds} from './needs.ts';

/**
 * Refuses names that people would take for the operators of the service: those of RESERVED_NAMES, the tenant's own, and those
 * that its policy reserves. What looks the same is the same.
 */
export async function refuseReservedNames(
  {node, tenantId}: Pick<Context<UsersNeeds>, 'node' | 'tenantId'>,
  ...names: (string | undefined)[]
): Promise<void> {
  if (names.every((name) => name === undefined)) return;
  const {name: tenantName, policy} = await node.tenants.get(tenantId);
  const ofTenant = [
    tenantName,
    ...(policy.name === undefined ? [] : [policy.name]),
    ...policy.people.reserved,
  ];
  const reserved = new Set([...node.config.RESERVED_NAMES, ...ofTenant].map(skeleton));
  if (!names.some((name) => name !== undefined && reserved.has(skeleton(name)))) return;
  throw new ChatError('conflict', {
    message:
      'This name, or one that looks the same, is kept for those who run the service. Choose another one.',
    details: {reason: 'reserved_name'},
  });
}
