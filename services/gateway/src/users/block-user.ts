import {setBlock} from '@madang/database/users/blocks';
import {ChatError} from '@madang/protocol/errors';
import type {BlockUserInput} from '@madang/protocol/users';
import type {EmptyResult} from '@madang/protocol/presence';
import type {Handler, PersonContext} from '../context.ts';
import type {UsersNeeds} from './needs.ts';

/** Blocks another user, or takes that back. The other one learns of it only by being muted in the direct room. Idempotent. */
export const blockUser: Handler<PersonContext<UsersNeeds>, BlockUserInput, EmptyResult> = async (
  {node, caller},
  {userId, on},
) => {
  const {tenantId, user} = caller;
  if (userId === user.id) throw new ChatError('invalid', {message: 'userId: must be another user'});
  const {roomId} = await setBlock(node.db, {tenantId, userId: user.id, otherId: userId, on});
  if (roomId !== undefined) node.broadcast.signal({kind: 'user', userId, roomId});
  return {};
};
