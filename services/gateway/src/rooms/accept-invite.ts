import {acceptInvite as insertMembership} from '@madang/database/rooms/invites';
import type {InviteTokenInput} from '@madang/protocol/invites';
import type {RoomState} from '@madang/protocol/rooms';
import type {Handler, PersonContext} from '../context.ts';
import {answerState} from './online.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Makes the caller a member by a link. A repeat gets the same and uses up nothing. The caller's connections get
 * `room:joined`.
 */
export const acceptInvite: Handler<PersonContext<RoomsNeeds>, InviteTokenInput, RoomState> = async (
  ctx,
  {token},
) => {
  const {node, caller} = ctx;
  const userId = caller.user.id;
  await node.limits.take(node.config.RATE_LIMITS.joins, `${token}:${userId}`);
  const {state, joined, frame} = await insertMembership(
    node.db,
    {tenantId: caller.tenantId, userId, token},
    ctx,
  );
  if (frame) node.broadcast.frame(frame);
  if (joined) node.broadcast.signal({kind: 'joined', userId, roomId: state.room.id});
  return answerState(ctx, state);
};
