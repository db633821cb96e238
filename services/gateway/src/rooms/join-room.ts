import {joinRoom as insertMembership} from '@madang/database/rooms/members';
import {ChatError} from '@madang/protocol/errors';
import type {JoinRoomInput, RoomState} from '@madang/protocol/rooms';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, RoomContext} from '../context.ts';
import {guessRoom} from '../identity/guesses.ts';
import {hashedBy} from '../identity/passwords.ts';
import {answerState} from './online.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Makes the caller a member of a public room. Idempotent; a member is never asked for a password.
 *
 * The password is verified here, outside any lock. Whether the room still has the hash that it was compared with is
 * decided together with the capacity, under the room's lock.
 */
export const joinRoom: Handler<RoomContext<RoomsNeeds>, JoinRoomInput, RoomState> = async (
  ctx,
  {roomId, password},
) => {
  const {node, caller, access} = ctx;
  const {tenantId, user} = caller;
  if (!access.membership && !caller.key) {
    await node.limits.take(node.config.RATE_LIMITS.joins, `${roomId}:${user.id}`);
  }
  if (access.passwordHash && !access.membership) await requirePassword(ctx, access.passwordHash, password);
  node.crashPoint('before_join');
  const {state, joined, frame} = await insertMembership(node.db, {
    tenantId,
    roomId,
    userId: user.id,
    actorId: actorOf(caller).id,
    verifiedPasswordHash: access.passwordHash,
  });
  node.crashPoint('after_join_before_broadcast');
  if (frame) node.broadcast.frame(frame);
  if (joined) node.broadcast.signal({kind: 'joined', userId: user.id, roomId});
  const answer = await answerState(ctx, state);
  node.crashPoint('after_join_before_ack');
  return answer;
};

async function requirePassword(ctx: RoomContext<RoomsNeeds>, hash: string, given?: string): Promise<void> {
  const {node, address, caller, access} = ctx;
  // A join without a password does not count as a guess: clients use it to learn that they need one.
  if (given === undefined) throw new ChatError('wrong_password', {message: 'This room needs a password.'});
  const guess = {roomId: access.room.id, address, user: caller.user};
  await guessRoom(node.limits, guess, async () => {
    if (await node.passwords.verify(given, hash, {lane: 'room', ...hashedBy(ctx)})) return;
    throw new ChatError('wrong_password', {message: 'The password of the room is wrong.'});
  });
}
