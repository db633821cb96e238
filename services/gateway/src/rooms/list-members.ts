import {listMembers as selectMembers} from '@madang/database/rooms/members';
import type {ListMembersInput, ListMembersResult} from '@madang/protocol/members';
import type {Handler, ReaderContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Lists a room's members in the order in which they became users or, with `online`, the members who are in it now. A
 * filtered page may be short or empty although there is a `next`.
 */
export const listMembers: Handler<ReaderContext<RoomsNeeds>, ListMembersInput, ListMembersResult> = async (
  ctx,
  input,
) => {
  const {node, caller} = ctx;
  const {roomId, online: wanted, after, limit} = input;
  const page = wanted ? await readOnline(ctx, input) : await selectMembers(node.db, {roomId, after, limit});
  const userIds = page.members.map(({user}) => user.id);
  const [areOnline, areAway, [online = 0]] = await Promise.all([
    node.occupancy.areOnline(roomId, userIds),
    node.occupancy.areAway(caller.tenantId, userIds),
    node.occupancy.online([roomId]),
  ]);
  const members = page.members
    .map(({user, ...member}, index) => ({
      user: areAway[index] ? {...user, away: true} : user,
      ...member,
      online: areOnline[index] ?? false,
    }))
    .filter((member) => wanted === undefined || member.online === wanted);
  return {members, next: page.next, online};
};

/** Starts from occupancy: in a large room few of the members are online. */
async function readOnline({node}: ReaderContext<RoomsNeeds>, {roomId, after, limit}: ListMembersInput) {
  const {userIds, next} = await node.occupancy.listOnline(roomId, {after, limit});
  const {members} = await selectMembers(node.db, {roomId, userIds, limit});
  return {members, next};
}
