import {call, type Database} from '../connections/pool.ts';
import type {UserKey} from './users.ts';

const statement = {name: 'set_block', text: 'select set_block($1, $2, $3, $4) as answer'};

/**
 * Lets a user block another, or takes it back; a repeat changes nothing. Returns the direct room of the two if the other may
 * write there no more, or again. Throws `not_found` for a user whom the tenant does not have.
 */
export function setBlock(
  db: Database,
  {tenantId, userId, otherId, on}: UserKey & {otherId: string; on: boolean},
): Promise<{roomId?: string}> {
  return call(db, statement, [tenantId, userId, otherId, on]);
}
