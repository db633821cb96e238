import {createRoom as insertRoom, type RoomMember} from '@madang/database/rooms/rooms';
import {resolveUsers} from '@madang/database/users/user-refs';
import {ChatError} from '@madang/protocol/errors';
import type {CreateRoomInput, RoomState} from '@madang/protocol/rooms';
import {nameOfRef} from '@madang/protocol/user-refs';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import {withExternalId} from './external-ids.ts';
import {answerState} from './online.ts';
import {requireService} from './service-fields.ts';
import {hashRoomPassword} from './room-passwords.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Creates a room with the caller as its owner and first member.
 *
 * Safe to retry with a clientId, or for a service with an externalId: the same id returns the same room. A room that a
 * guest creates closes after its last member leaves, unless the guest says otherwise.
 */
export const createRoom: Handler<SignedInContext<RoomsNeeds>, CreateRoomInput, RoomState> = async (
  ctx,
  input,
) => {
  const {node, caller} = ctx;
  const {password, members, ephemeral = caller.user.kind === 'guest', ...details} = input;
  requireService(caller, input, ['externalId', 'archived', 'members']);
  const passwordHash = password === undefined ? undefined : await hashRoomPassword(ctx, password);
  const {tenantId, user} = caller;
  const {state, created, joined} = await insertRoom(node.db, {
    ...details,
    tenantId,
    userId: user.id,
    actorId: actorOf(caller).id,
    ephemeral,
    passwordHash,
    members: members && (await resolveMembers(ctx, members)),
  });
  for (const userId of created ? [user.id, ...joined] : joined) {
    node.broadcast.signal({kind: 'joined', userId, roomId: state.room.id});
  }
  const answer = await answerState(ctx, state);
  return () => {
    const {room, ...rest} = typeof answer === 'function' ? answer() : answer;
    return {...rest, room: withExternalId(caller, room, input.externalId)};
  };
};

/**
 * Throws `not_found` with the users whom the tenant does not have: a room without one of its members is not what the
 * caller asked for.
 */
async function resolveMembers(
  {node, caller}: SignedInContext<RoomsNeeds>,
  members: NonNullable<CreateRoomInput['members']>,
): Promise<RoomMember[]> {
  const refs = members.map(({user}) => user);
  const userIds = await resolveUsers(node.db, caller.tenantId, refs);
  const unknown = refs.filter((_, index) => userIds[index] === undefined).map(nameOfRef);
  if (unknown.length > 0) {
    throw new ChatError('not_found', {
      message: 'members: there are no such users.',
      details: {users: unknown},
    });
  }
  return members.map(({role}, index) => ({userId: userIds[index]!, role}));
}
