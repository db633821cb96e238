import type {Policy, Right, RoomType} from '@madang/protocol/policy';
import type {Caller} from '../context.ts';

/**
 * What the policy lets the caller do outside of rooms. The operations decide for themselves; this is what they would decide
 * now, so that a client offers nothing that is refused. As a user, a key keeps what it may do.
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
