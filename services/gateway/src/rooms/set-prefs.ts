import {setPrefs as storePrefs} from '@madang/database/rooms/prefs';
import type {SetPrefsInput, SetPrefsResult} from '@madang/protocol/rooms';
import type {Handler, MemberContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/** Changes how the caller wants a room, and tells the caller's other devices. */
export const setPrefs: Handler<MemberContext<RoomsNeeds>, SetPrefsInput, SetPrefsResult> = async (
  {node, member, connection},
  {roomId, ...change},
) => {
  const {prefs} = await storePrefs(node.db, member, change);
  node.broadcast.emit({user: member.userId}, 'room:prefs', {roomId, prefs}, connection?.id);
  return {prefs};
};
