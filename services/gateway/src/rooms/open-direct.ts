import {openDirect as findOrInsert} from '@madang/database/rooms/rooms';
import {ChatError} from '@madang/protocol/errors';
import type {OpenDirectInput, RoomState} from '@madang/protocol/rooms';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import {answerState} from './online.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Opens the caller's conversation with one other user: always the same room, whichever of the two asks first, however
 * often, and on however many nodes at once. All connections of both get `room:joined`.
 */
export const openDirect: Handler<SignedInContext<RoomsNeeds>, OpenDirectInput, RoomState> = async (
  ctx,
  {userId},
) => {
  const {node, caller} = ctx;
  const {tenantId, user} = caller;
  if (userId === user.id) throw new ChatError('invalid', {message: 'userId: must be another user'});
  const {state, opened} = await findOrInsert(node.db, {
    tenantId,
    userId: user.id,
    otherId: userId,
    actorId: actorOf(caller).id,
  });
  if (opened) {
    for (const member of [user.id, userId]) {
      node.broadcast.signal({kind: 'joined', userId: member, roomId: state.room.id});
    }
  }
  return answerState(ctx, state);
};
