import type {EmptyInput, SetTypingInput} from '@madang/protocol/presence';
import type {Handler, MemberContext} from '../context.ts';
import type {PresenceNeeds} from './needs.ts';

/** Tells the others in a room that the caller has begun or stopped typing. At most once, and never stored. */
export const setTyping: Handler<MemberContext<PresenceNeeds>, SetTypingInput, EmptyInput> = async (
  ctx,
  {roomId, typing},
) => {
  const {node, caller, connection} = ctx;
  if (connection) node.typing.set({roomId, user: caller.user, connectionId: connection.id}, typing);
  return {};
};
