import {syncRoom as readChanges} from '@madang/database/delivery/log';
import type {Frame, SyncRoomInput} from '@madang/protocol/log';
import type {Handler, SignedInContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Gives a member the changes above a cursor. Rights and log are read in one snapshot, so nothing outside
 * [joinedAt, leftAt) is in the answer; members of a room that was closed get its last changes, too.
 */
export const syncRoom: Handler<SignedInContext<RoomsNeeds>, SyncRoomInput, Frame> = ({node, caller}, input) =>
  readChanges(node.db, {...input, userId: caller.user.id});
