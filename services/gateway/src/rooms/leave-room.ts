import {leaveRoom as endMembership} from '@madang/database/rooms/members';
import type {LeaveRoomResult, RoomIdInput} from '@madang/protocol/rooms';
import type {Handler, LeaveContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Ends the caller's membership. All of the caller's connections stop receiving the room when their feeds reach that
 * rev. Safe to repeat: the result says when the membership ended.
 */
export const leaveRoom: Handler<LeaveContext<RoomsNeeds>, RoomIdInput, LeaveRoomResult> = async ({
  node,
  leave,
}) => {
  const {leftAt, frame} = await endMembership(node.db, leave);
  if (frame) node.broadcast.frame(frame);
  return {leftAt};
};
