import type {Policy, Right, RoomType} from '@madang/protocol/policy';
import type {Caller} from '../context.ts';

/**
 * What the policy lets the caller do outside of rooms. Each operation decides for itself; this predicts the decision,
 * so that a client offers nothing that would be refused. A key that calls as a user keeps its own rights.
 */
export function rightsOf({people, types}: Policy, {key, user}: Pick<Caller, 'key' | 'user'>): Right[] {
  const isService = key !== undefined;
  const isAllowed = (holder: 'anyone' | 'service') => holder === 'anyone' || isService;
  const creates = ({grants, guests}: RoomType) =>
    isAllowed(grants.create) && (isService || user.kind !== 'guest' || guests === 'create');
  const createsVisible = (visibility: 'public' | 'private') =>
    creates(types.room) && [visibility, 'either'].includes(types.room.visibility);
  const has: Record<Right, boolean> = {
    createPublic: createsVisible('public'),
    createPrivate: createsVisible('private'),
    direct: isAllowed(people.direct) && creates(types.direct),
    directory: people.directory || isService,
    rename: isAllowed(people.rename),
  };
  return (Object.keys(has) as Right[]).filter((right) => has[right]);
}
