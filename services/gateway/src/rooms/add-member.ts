import {addMember as insertMember} from '@madang/database/members';
import type {AddMemberInput, MemberResult} from '@madang/protocol/rooms';
import type {Handler, MemberContext} from '../context.ts';

/** Makes another user a member; that user's connections are told `room:joined`. Idempotent. */
export const addMember: Handler<MemberContext, AddMemberInput, MemberResult> = async (ctx, input) => {
  const {node} = ctx;
  const {roomId, userId, role} = input;
  const {member, joined} = await insertMember(node.db, ctx.member, {userId, role});
  if (joined) node.broadcast.signal({kind: 'joined', userId, roomId});
  const [online = false] = await node.occupancy.areOnline(roomId, [userId]);
  return {member: {...member, online}};
};
