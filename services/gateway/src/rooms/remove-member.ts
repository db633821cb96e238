import {removeMember as endMembership} from '@madang/database/rooms/members';
import type {RemoveMemberInput} from '@madang/protocol/members';
import type {LeaveRoomResult} from '@madang/protocol/rooms';
import type {Handler, ManagerContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/** Kicks a member, who hears nothing from `leftAt` on but may join again. Idempotent: a repeat gets the same rev. */
export const removeMember: Handler<ManagerContext<RoomsNeeds>, RemoveMemberInput, LeaveRoomResult> = async (
  ctx,
  {userId, reason},
) => {
  const {leftAt, frame} = await endMembership(ctx.node.db, ctx.manager, {userId, reason}, ctx);
  if (frame) ctx.node.broadcast.frame(frame);
  return {leftAt};
};
