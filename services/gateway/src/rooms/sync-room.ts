import {syncRoom as readChanges} from '@madang/database/delivery/log';
import type {Frame, SyncRoomInput} from '@madang/protocol/log';
import type {Handler, SignedInContext} from '../context.ts';
import {readerOf} from '../calls/access.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Gives a reader the changes above a cursor. Rights and log are read in one snapshot, so a member's answer has nothing
 * outside [joinedAt, leftAt). Members of a closed room get its last changes, too.
 */
export const syncRoom: Handler<SignedInContext<RoomsNeeds>, SyncRoomInput, Frame> = (ctx, input) =>
  readChanges(ctx.node.db, {...input, ...readerOf(ctx)});
