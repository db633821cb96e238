import {setReaction as writeReaction} from '@madang/database/messages/reactions';
import type {SetReactionInput, SetReactionResult} from '@madang/protocol/reactions';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, MemberContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Puts an emoji on a message, or takes it back. Idempotent. */
export const setReaction: Handler<MemberContext<MessagesNeeds>, SetReactionInput, SetReactionResult> = async (
  {node, member, caller},
  {roomId, ...wish},
) => {
  const actorId = actorOf(caller).id;
  const {rev, annotations, frames} = await writeReaction(node.db, {...member, actorId}, wish);
  for (const frame of frames) node.broadcast.frame(frame);
  // A repeat: the frame of the first try may be lost with its node.
  if (frames.length === 0) node.broadcast.catchUp({roomId, rev});
  return {rev, annotations};
};
