import {skeleton} from '@madang/database/names/skeletons';
import {ChatError} from '@madang/protocol/errors';
import type {UsersNeeds} from './needs.ts';

type OfTenant = {node: Pick<UsersNeeds, 'tenants' | 'config'>; tenantId: string};

/**
 * Recognises names that people would take for the operators of the service: those in RESERVED_NAMES, the tenant's own,
 * and those that its policy reserves. Names that look the same count as the same.
 */
export async function reservedNames({node, tenantId}: OfTenant): Promise<(name: string) => boolean> {
  const {name: tenantName, policy} = await node.tenants.get(tenantId);
  const ofTenant = [
    tenantName,
    ...(policy.name === undefined ? [] : [policy.name]),
    ...policy.people.reserved,
  ];
  const reserved = new Set([...node.config.RESERVED_NAMES, ...ofTenant].map(skeleton));
  return (name) => reserved.has(skeleton(name));
}

/** Throws `conflict` for a reserved name. */
export async function refuseReservedNames(ctx: OfTenant, ...names: (string | undefined)[]): Promise<void> {
  const given = names.filter((name) => name !== undefined);
  if (given.length === 0 || !given.some(await reservedNames(ctx))) return;
  throw new ChatError('conflict', {
    message:
      'This name, or one that looks the same, is kept for those who run the service. Choose another one.',
    details: {reason: 'reserved_name'},
  });
}
