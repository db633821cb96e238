import type {EmptyResult, SetPresenceInput} from '@madang/protocol/presence';
import type {Handler, SignedInContext} from '../context.ts';

/** Says whether somebody is at the calling connection. Others hear of it once all connections of the user are away. */
export const setPresence: Handler<SignedInContext, SetPresenceInput, EmptyResult> = async (
  {connection},
  {away},
) => {
  connection?.setAway(away);
  return {};
};
