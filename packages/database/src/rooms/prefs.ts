import type {SetPrefsInput, SetPrefsResult} from '@madang/protocol/rooms';
import {call, type Database} from '../connections/pool.ts';
import type {Membership} from './membership.ts';

const statement = {name: 'set_prefs', text: 'select set_prefs($1, $2, $3) as answer'};

/** Changes a member's preferences for a room; null resets a level or a section. */
export function setPrefs(
  db: Database,
  {roomId, userId}: Membership,
  change: Omit<SetPrefsInput, 'roomId'>,
): Promise<SetPrefsResult> {
  return call(db, statement, [roomId, userId, JSON.stringify(change)]);
}
