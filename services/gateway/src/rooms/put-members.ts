import {putMembers as writeMembers} from '@madang/database/rooms/members';
import {resolveUsers} from '@madang/database/users/user-refs';
import type {PutMembersInput, PutMembersResult} from '@madang/protocol/members';
import {nameOfRef} from '@madang/protocol/user-refs';
import type {Handler, ManagerContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/**
 * Makes up to 1,000 users members under one lock, and sets the requested roles. Users who cannot become members are
 * named in the result and do not affect the others. Safe to repeat.
 */
export const putMembers: Handler<ManagerContext<RoomsNeeds>, PutMembersInput, PutMembersResult> = async (
  ctx,
  {roomId, members},
) => {
  const {node, caller, manager} = ctx;
  const userIds = await resolveUsers(
    node.db,
    caller.tenantId,
    members.map(({user}) => user),
  );
  const unknown = members.flatMap(({user}, index) =>
    userIds[index] === undefined ? [{userId: nameOfRef(user), code: 'not_found'}] : [],
  );
  const known = members.flatMap(({role}, index) => {
    const userId = userIds[index];
    return userId === undefined ? [] : [{userId, role}];
  });
  const {joined, changed, rejected, frame} = await writeMembers(node.db, manager, known, ctx);
  if (frame) node.broadcast.frame(frame);
  for (const userId of joined) node.broadcast.signal({kind: 'joined', userId, roomId});
  for (const userId of changed) node.broadcast.signal({kind: 'user', userId, roomId});
  const others = rejected.map(({no, code}) => ({userId: known[no - 1]!.userId, code}));
  return {joined, refused: [...unknown, ...others]};
};
