import {createInvite as insertInvite} from '@madang/database/rooms/invites';
import type {CreateInviteInput, CreateInviteResult} from '@madang/protocol/invites';
import type {Handler, ManagerContext} from '../context.ts';
import {basePath} from '../identity/public-address.ts';
import type {RoomsNeeds} from './needs.ts';

/** Makes a link into a room, also a private or locked one. A repeat makes a further one. */
export const createInvite: Handler<
  ManagerContext<RoomsNeeds>,
  CreateInviteInput,
  CreateInviteResult
> = async (ctx, {expiresInS, uses}) => {
  const {token, invite} = await insertInvite(ctx.node.db, ctx.manager, {expiresInS, uses}, ctx);
  return {url: `${basePath(ctx.node.config)}/invites/${token}`, invite};
};
