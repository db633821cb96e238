import {updateMember as writeMember} from '@madang/database/rooms/members';
import type {UpdateMemberInput, UpdateMemberResult} from '@madang/protocol/members';
import type {Handler, ManagerContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Changes a member's role, mutes or bans a member, or lifts a mute or ban; a ban ends the membership. The database
 * decides who may do which. The member's connections get the new membership as `room:joined`.
 */
export const updateMember: Handler<
  ManagerContext<RoomsNeeds>,
  UpdateMemberInput,
  UpdateMemberResult
> = async (ctx, input) => {
  const {node} = ctx;
  const {roomId, userId, ...changes} = input;
  const {member, leftAt, demoted, frame} = await writeMember(node.db, ctx.manager, {userId, ...changes}, ctx);
  if (frame) node.broadcast.frame(frame);
  node.broadcast.signal({kind: 'user', userId, roomId});
  if (demoted) node.broadcast.signal({kind: 'user', userId: demoted, roomId});
  const [online = false] = leftAt === undefined ? await node.occupancy.areOnline(roomId, [userId]) : [];
  return {member: {...member, online}, leftAt};
};
