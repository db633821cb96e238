import type {SetPrefsInput, SetPrefsResult} from '@madang/protocol/rooms';
import {call, type Database} from '../connections/pool.ts';
import type {Membership} from './membership.ts';

const statement = {name: 'set_prefs', text: 'select set_prefs($1, $2, $3) as answer'};

/** Changes how a member wants a room; null takes a level or section back. */
export function setPrefs(
  db: Database,
  {roomId, userId}: Membership,
  change: Omit<SetPrefsInput, 'roomId'>,
): Promise<SetPrefsResult> {
  return call(db, statement, [roomId, userId, JSON.stringify(change)]);
}
