import {pinMessage as writePin} from '@madang/database/messages/pins';
import type {PinMessageInput, PinMessageResult} from '@madang/protocol/messages';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, ManagerContext} from '../context.ts';
import type {MessagesNeeds} from './needs.ts';

/** Pins a message of the room, or takes the pin away. Idempotent: a repeat gets the message's present rev. */
export const pinMessage: Handler<ManagerContext<MessagesNeeds>, PinMessageInput, PinMessageResult> = async (
  {node, manager, caller},
  {roomId, ...wish},
) => {
  const by = {...manager, actorId: actorOf(caller).id, byId: caller.user.id};
  const {rev, frame} = await writePin(node.db, by, wish);
  if (frame) node.broadcast.frame(frame);
  // A repeat: the frame of the first try may be lost with its node.
  else node.broadcast.catchUp({roomId, rev});
  return {rev};
};
