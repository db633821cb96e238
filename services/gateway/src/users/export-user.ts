import {appendAudit} from '@madang/database/operator/audit';
import {exportUser as readLines} from '@madang/database/users/export';
import {resolveUser} from '@madang/database/users/user-refs';
import type {UserRefInput} from '@madang/protocol/users';
import {actorOf} from '../audit/actor-of.ts';
import type {Handler, SignedInContext} from '../context.ts';
import type {UsersNeeds} from './needs.ts';

/** Returns all stored data of a user, line by line. The audit log records the export before the first line is sent. */
export const exportUser: Handler<SignedInContext<UsersNeeds>, UserRefInput, AsyncIterable<object>> = async (
  {node, tenantId, caller, address, requestId},
  input,
) => {
  const userId = await resolveUser(node.db, tenantId, input.user);
  const line = {tenantId, action: 'user:export', actorId: actorOf(caller).id, userId, address, requestId};
  await appendAudit(node.db, [line]);
  return readLines(node.filesDb, {tenantId, userId});
};
