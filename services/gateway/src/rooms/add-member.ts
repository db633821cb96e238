import {addMember as insertMember} from '@madang/database/rooms/members';
import type {AddMemberInput, MemberResult} from '@madang/protocol/members';
import type {Handler, ManagerContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Makes another user a member, and sets the role that was asked for where the user is one already. In both cases that
 * user's connections are told `room:joined`. Idempotent.
 */
export const addMember: Handler<ManagerContext<RoomsNeeds>, AddMemberInput, MemberResult> = async (
  ctx,
  input,
) => {
  const {node} = ctx;
  const {roomId, userId, role} = input;
  // However many people add somebody, by however many accounts.
  if (!ctx.caller.key) await node.limits.take(node.config.RATE_LIMITS.additions, userId);
  const {member, joined, changed, frame} = await insertMember(node.db, ctx.manager, {userId, role}, ctx);
  if (frame) node.broadcast.frame(frame);
  if (joined) node.broadcast.signal({kind: 'joined', userId, roomId});
  if (changed) node.broadcast.signal({kind: 'user', userId, roomId});
  const [online = false] = await node.occupancy.areOnline(roomId, [userId]);
  return {member: {...member, online}};
};
