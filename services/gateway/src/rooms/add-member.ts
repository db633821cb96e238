import {addMember as insertMember} from '@madang/database/rooms/members';
import type {AddMemberInput, MemberResult} from '@madang/protocol/members';
import type {Handler, ManagerContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Makes another user a member, and sets the requested role if the user already is one. In both cases that user's
 * connections get `room:joined`. Idempotent.
 */
export const addMember: Handler<ManagerContext<RoomsNeeds>, AddMemberInput, MemberResult> = async (
  ctx,
  input,
) => {
  const {node} = ctx;
  const {roomId, userId, role, reason} = input;
  // Limits how often one user is added, over all callers and accounts.
  if (!ctx.caller.key) await node.limits.take(node.config.RATE_LIMITS.additions, userId);
  const {member, joined, changed, frame} = await insertMember(
    node.db,
    ctx.manager,
    {userId, role, reason},
    ctx,
  );
  if (frame) node.broadcast.frame(frame);
  if (joined) node.broadcast.signal({kind: 'joined', userId, roomId});
  if (joined && !ctx.caller.key) node.broadcast.signal({kind: 'notified', userIds: [userId]});
  if (changed) node.broadcast.signal({kind: 'user', userId, roomId});
  const [online = false] = await node.occupancy.areOnline(roomId, [userId]);
  return {member: {...member, online}};
};
