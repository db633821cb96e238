import {updateMember as writeMember} from '@madang/database/rooms/members';
import type {UpdateMemberInput, UpdateMemberResult} from '@madang/protocol/members';
import type {Handler, MemberContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Changes a member's role, mutes, bans, or lifts these; a ban ends the membership. Who may do which: the database. The
 * member's connections are shown the new membership by `room:joined`.
 */
export const updateMember: Handler<MemberContext<RoomsNeeds>, UpdateMemberInput, UpdateMemberResult> = async (
  ctx,
  input,
) => {
  const {node} = ctx;
  const {roomId, userId, ...changes} = input;
  const {member, leftAt, frame} = await writeMember(node.db, ctx.member, {userId, ...changes}, ctx);
  if (frame) node.broadcast.frame(frame);
  node.broadcast.signal({kind: 'user', userId, roomId});
  // The former owner is a moderator now.
  if (changes.role === 'owner') node.broadcast.signal({kind: 'user', userId: ctx.caller.user.id, roomId});
  const [online = false] = leftAt === undefined ? await node.occupancy.areOnline(roomId, [userId]) : [];
  return {member: {...member, online}, leftAt};
};
