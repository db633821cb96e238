import {createRoom as insertRoom} from '@madang/database/rooms/rooms';
import type {CreateRoomInput, RoomState} from '@madang/protocol/rooms';
import type {Handler, SignedInContext} from '../context.ts';
import {answerState} from './online.ts';
import {hashRoomPassword} from './room-passwords.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Creates a room with the caller as its owner and first member.
 *
 * Safe to retry with a clientId: the same one from the same user gets the same room. What guests create ends with its
 * last member, unless they say otherwise.
 */
export const createRoom: Handler<SignedInContext<RoomsNeeds>, CreateRoomInput, RoomState> = async (
  ctx,
  input,
) => {
  const {node, caller} = ctx;
  const {password, ephemeral = caller.user.kind === 'guest', ...details} = input;
  const passwordHash = password === undefined ? undefined : await hashRoomPassword(ctx, password);
  const {tenantId, user} = caller;
  const {state, created} = await insertRoom(node.db, {
    ...details,
    tenantId,
    userId: user.id,
    ephemeral,
    passwordHash,
  });
  if (created) node.broadcast.signal({kind: 'joined', userId: user.id, roomId: state.room.id});
  return answerState(ctx, state);
};
