/**
 * Who may do what: the policies of the operation table, and the only maker of a Membership.
 *
 * What a policy grants was true when it was read. Writes prove it again under the room's lock; what a connection hears
 * is ended by the feed.
 */
import {grantMembership} from '@madang/database/membership';
import {findRoomAccess} from '@madang/database/rooms';
import {ChatError} from '@madang/protocol/errors';
import type {Role} from '@madang/protocol/rooms';
import type {Context, MemberContext, RoomContext, SignedInContext} from './context.ts';

type OfRoom = {roomId: string};

export function anyone(ctx: Context): Context {
  return ctx;
}

export function signedIn(ctx: Context): SignedInContext {
  if (!ctx.caller) throw new ChatError('unauthenticated');
  return {...ctx, caller: ctx.caller};
}

/** For what a stranger to a public room may do: look at it, join it. */
export async function visitor(ctx: Context, {roomId}: OfRoom): Promise<RoomContext> {
  const granted = signedIn(ctx);
  const {tenantId, user} = granted.caller;
  const access = await findRoomAccess(ctx.node.db, {tenantId, roomId, userId: user.id});
  if (!access) throw new ChatError('not_found');
  if (access.banned) throw new ChatError('banned');
  if (!access.membership && (access.room.visibility === 'private' || access.room.kind === 'direct')) {
    throw new ChatError('not_found');
  }
  if (access.room.closedAt) throw new ChatError('room_closed');
  return {...granted, access};
}

export async function member(ctx: Context, input: OfRoom): Promise<MemberContext> {
  const granted = await visitor(ctx, input);
  if (!granted.access.membership) throw new ChatError('forbidden');
  return {...granted, member: grantMembership(granted.access.membership)};
}

export const moderator = holding(['owner', 'moderator']);
export const owner = holding(['owner']);

/** A member who may speak now. */
export async function unmutedMember(ctx: Context, input: OfRoom): Promise<MemberContext> {
  const granted = await member(ctx, input);
  const {mutedUntil} = granted.member;
  if (mutedUntil && Date.parse(mutedUntil) > Date.now()) {
    throw new ChatError('forbidden', {message: 'You are muted in this room.', details: {mutedUntil}});
  }
  return granted;
}

function holding(roles: Role[]) {
  return async (ctx: Context, input: OfRoom): Promise<MemberContext> => {
    const granted = await member(ctx, input);
    if (!roles.includes(granted.member.role)) throw new ChatError('forbidden');
    return granted;
  };
}
