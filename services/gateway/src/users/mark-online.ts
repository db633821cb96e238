import type {User} from '@madang/protocol/users';
import {tenantPlace} from '@madang/redis/occupancy';
import type {SignedInContext} from '../context.ts';
import type {UsersNeeds} from './needs.ts';

/** The users with whether each is online now, and away. */
export async function markOnline(
  {node: {occupancy}, caller: {tenantId}}: SignedInContext<Pick<UsersNeeds, 'occupancy'>>,
  users: User[],
): Promise<User[]> {
  const userIds = users.map(({id}) => id);
  const [areOnline, areAway] = await Promise.all([
    occupancy.areOnline(tenantPlace(tenantId), userIds),
    occupancy.areAway(tenantId, userIds),
  ]);
  return users.map((user, index) => ({
    ...user,
    online: areOnline[index] ?? false,
    ...(areAway[index] && {away: true}),
  }));
}
