import {leaveRoom as endMembership} from '@madang/database/members';
import type {LeaveRoomResult, RoomIdInput} from '@madang/protocol/rooms';
import type {Handler, MemberContext} from '../context.ts';

/** Ends the caller's membership; all of the caller's connections stop hearing the room as their feeds pass the end. */
export const leaveRoom: Handler<MemberContext, RoomIdInput, LeaveRoomResult> = async ({node, member}) => {
  const {leftAt, frame} = await endMembership(node.db, member);
  if (frame) node.broadcast.frame(frame);
  return {leftAt};
};
