import {createRoom as insertRoom} from '@madang/database/rooms/rooms';
import type {CreateRoomInput, RoomState} from '@madang/protocol/rooms';
import type {Handler, SignedInContext} from '../context.ts';
import {withExternalId} from './external-ids.ts';
import {answerState} from './online.ts';
import {requireService} from './service-fields.ts';
import {hashRoomPassword} from './room-passwords.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Creates a room with the caller as its owner and first member.
 *
 * Safe to retry with a clientId, or as a service with an externalId: the same one gets the same room. What guests create
 * ends with its last member, unless they say otherwise.
 */
export const createRoom: Handler<SignedInContext<RoomsNeeds>, CreateRoomInput, RoomState> = async (
  ctx,
  input,
) => {
  const {node, caller} = ctx;
  const {password, ephemeral = caller.user.kind === 'guest', ...details} = input;
  requireService(caller, input, ['externalId', 'archived']);
  const passwordHash = password === undefined ? undefined : await hashRoomPassword(ctx, password);
  const {tenantId, user} = caller;
  const {state, created, joined} = await insertRoom(node.db, {
    ...details,
    tenantId,
    userId: user.id,
    ephemeral,
    passwordHash,
  });
  if (created || joined) node.broadcast.signal({kind: 'joined', userId: user.id, roomId: state.room.id});
  const answer = await answerState(ctx, state);
  return () => {
    const {room, ...rest} = typeof answer === 'function' ? answer() : answer;
    return {...rest, room: withExternalId(caller, room, input.externalId)};
  };
};
