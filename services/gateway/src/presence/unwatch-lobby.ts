import type {EmptyInput} from '@madang/protocol/presence';
import type {Handler, SignedInContext} from '../context.ts';

/** Ends `lobby:changed` for the connection. */
export const unwatchLobby: Handler<SignedInContext, EmptyInput, EmptyInput> = async ({connection}) => {
  connection?.unwatch('lobby');
  return {};
};
