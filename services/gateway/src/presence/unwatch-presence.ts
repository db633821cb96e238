import type {EmptyInput} from '@madang/protocol/presence';
import type {Handler, SignedInContext} from '../context.ts';

/** Ends `presence:changed` for the connection. */
export const unwatchPresence: Handler<SignedInContext, EmptyInput, EmptyInput> = async ({connection}) => {
  connection?.unwatch('presence');
  return {};
};
