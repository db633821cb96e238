import {readInvite as findInvite} from '@madang/database/rooms/invites';
import type {InviteTokenInput, ReadInviteResult} from '@madang/protocol/invites';
import type {Context, Handler} from '../context.ts';
import type {RoomsNeeds} from './needs.ts';

/** Tells who holds a link where it leads, signed in or not. */
export const readInvite: Handler<Context<RoomsNeeds>, InviteTokenInput, ReadInviteResult> = (
  {node, tenantId},
  {token},
) => findInvite(node.db, {tenantId, token});
