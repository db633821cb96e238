import type {EmptyInput} from '@madang/protocol/presence';
import type {Handler, SignedInContext} from '../context.ts';
import type {PresenceNeeds} from './needs.ts';

/** Sends the connection `lobby:changed` from now on. Watch first, then list, and nothing falls between. */
export const watchLobby: Handler<SignedInContext<PresenceNeeds>, EmptyInput, EmptyInput> = async ({
  node,
  caller,
  connection,
}) => {
  connection?.watch('lobby');
  await node.lobby.follow(caller.tenantId);
  return {};
};
