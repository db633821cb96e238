import {revokeInvite as deleteInvite} from '@madang/database/rooms/invites';
import type {RevokeInviteInput} from '@madang/protocol/invites';
import type {EmptyResult} from '@madang/protocol/presence';
import type {Handler, ManagerContext} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/** Revokes a link into a room; who came by it stays. Idempotent. */
export const revokeInvite: Handler<ManagerContext<RoomsNeeds>, RevokeInviteInput, EmptyResult> = async (
  ctx,
  {id},
) => {
  await deleteInvite(ctx.node.db, ctx.manager, {id}, ctx);
  return {};
};
