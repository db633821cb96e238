/**
 * The policies of the operation table. Only this file makes a Membership.
 *
 * A grant was true when the policy read it. Writes check it again under the room's lock, and the feed ends what a
 * connection hears.
 */
import {
  grantLeave,
  grantManagement,
  grantMembership,
  grantReading,
  type Reader,
} from '@madang/database/rooms/membership';
import type {Database} from '@madang/database/connections/pool';
import {isAdmin} from '@madang/database/users/users';
import {findRoomAccess, type RoomAccess} from '@madang/database/rooms/rooms';
import {ChatError} from '@madang/protocol/errors';
import type {Grant} from '@madang/protocol/policy';
import type {Role} from '@madang/protocol/rooms';
import {actorOf} from '../audit/actor-of.ts';
import type {
  Context,
  LeaveContext,
  ManagerContext,
  MemberContext,
  PersonContext,
  ReaderContext,
  RoomContext,
  SignedInContext,
} from '../context.ts';
import {hasScope} from './scopes.ts';
import type {Tenants} from '../tenants.ts';

/** What the policies need from the node. The context that they grant keeps the rest of it. */
export type AccessNeeds = {db: Database; tenants: Pick<Tenants, 'get'>};

type OfRoom = {roomId: string};

export function anyone<Node>(ctx: Context<Node>): Context<Node> {
  return ctx;
}

export function signedIn<Node>(ctx: Context<Node>): SignedInContext<Node> {
  if (!ctx.caller) throw new ChatError('unauthenticated');
  return {...ctx, caller: ctx.caller};
}

/** A backend with a key of the tenant. */
export function service<Node>(ctx: Context<Node>): SignedInContext<Node> {
  const granted = signedIn(ctx);
  if (!granted.caller.key) {
    throw new ChatError('forbidden', {message: 'This call needs a service key.'});
  }
  return granted;
}

/** For administering the tenant: its services, whose key has the scope, and users whom the operator made administrators. */
export async function administrator<Node extends AccessNeeds>(
  ctx: Context<Node>,
): Promise<SignedInContext<Node>> {
  const granted = signedIn(ctx);
  const {key, tenantId, user} = granted.caller;
  if (key || (await isAdmin(ctx.node.db, {tenantId, userId: user.id}))) return granted;
  throw new ChatError('forbidden', {message: 'This call is for administrators of the tenant.'});
}

/** Anyone who is signed in except services, which the operator creates and revokes. */
export function person<Node>(ctx: Context<Node>): PersonContext<Node> {
  const {caller} = signedIn(ctx);
  const {key, ...person} = caller;
  if (key) throw new ChatError('forbidden');
  return {...ctx, caller: person};
}

/** For looking up other users: any signed-in caller if the tenant has a directory, and the tenant's services. */
export async function directoryReader<Node extends AccessNeeds>(
  ctx: Context<Node>,
): Promise<SignedInContext<Node>> {
  const granted = signedIn(ctx);
  if (!(await hasDirectory(granted))) {
    throw new ChatError('forbidden', {message: 'There is no user directory here.'});
  }
  return granted;
}

/**
 * For listing users: as directoryReader or, without a directory, by id; the handler then shows only users they meet.
 */
export async function userLister<Node extends AccessNeeds>(
  ctx: Context<Node>,
  {ids}: {ids?: string[] | undefined},
): Promise<SignedInContext<Node>> {
  return ids === undefined ? directoryReader(ctx) : signedIn(ctx);
}

async function hasDirectory({node, caller}: SignedInContext<AccessNeeds>): Promise<boolean> {
  return caller.key !== undefined || (await node.tenants.get(caller.tenantId)).policy.people.directory;
}

/** For what a stranger to a public room may do: look at it, join it. */
export async function visitor<Node extends AccessNeeds>(
  ctx: Context<Node>,
  input: OfRoom,
): Promise<RoomContext<Node>> {
  return roomOf(signedIn(ctx), input, (access) => access.room.visibility === 'public' && isNoDirect(access));
}

async function roomOf<Node extends AccessNeeds>(
  granted: SignedInContext<Node>,
  {roomId}: OfRoom,
  isSeenByStrangers: (access: RoomAccess) => boolean,
): Promise<RoomContext<Node>> {
  const access = await findAccess(granted, roomId);
  if (!access) throw new ChatError('not_found');
  if (access.banned) throw new ChatError('banned');
  if (!access.membership && !isSeenByStrangers(access)) throw new ChatError('not_found');
  if (access.room.closedAt) throw new ChatError('room_closed');
  return {...granted, access};
}

function findAccess<Node extends AccessNeeds>(
  {node, caller}: SignedInContext<Node>,
  roomId: string,
): Promise<RoomAccess | undefined> {
  const {tenantId, user} = caller;
  return findRoomAccess(node.db, {tenantId, roomId, userId: user.id, actorId: actorOf(caller).id});
}

function isNoDirect({room}: RoomAccess): boolean {
  return room.kind !== 'direct';
}

export async function member<Node extends AccessNeeds>(
  ctx: Context<Node>,
  input: OfRoom,
): Promise<MemberContext<Node>> {
  const granted = await visitor(ctx, input);
  if (!granted.access.membership) throw new ChatError('forbidden');
  return {...granted, member: grantMembership(granted.access.membership)};
}

/**
 * For leaving. The answer to the first try may have been lost, so a caller who has already left is let through, too.
 * leave_room knows whether the caller ever was a member, and refuses everyone else as `member` would.
 */
export async function leaver<Node extends AccessNeeds>(
  ctx: Context<Node>,
  {roomId}: OfRoom,
): Promise<LeaveContext<Node>> {
  const granted = signedIn(ctx);
  const {user} = granted.caller;
  const access = await findAccess(granted, roomId);
  if (!access) throw new ChatError('not_found');
  return {...granted, leave: grantLeave({roomId, userId: user.id})};
}

/** For closing. The first answer may have been lost, so who could close the room may call again once it is closed. */
export async function closer<Node extends AccessNeeds>(
  ctx: Context<Node>,
  input: OfRoom,
): Promise<ManagerContext<Node>> {
  const granted = signedIn(ctx);
  const access = await findAccess(granted, input.roomId);
  const couldClose = (access?.membership && access.may.includes('manage')) || isSteward(granted);
  if (!access?.room.closedAt || access.banned || !couldClose) return changer(ctx, input);
  return managing({...granted, access}, input);
}

/** Lets the caller change the room. If a service is acting, the service holds the grant. */
function managing<Node extends AccessNeeds>(
  granted: RoomContext<Node>,
  {roomId}: OfRoom,
): ManagerContext<Node> {
  const {tenantId} = granted.caller;
  return {...granted, manager: grantManagement({tenantId, roomId, userId: actorOf(granted.caller).id})};
}

/**
 * Identifies the reader. Over a socket, a service hears only rooms that it is a member of. Over HTTP, a key with the
 * scope `read` may read overseen rooms without being a member, also when it calls as a user.
 */
export function readerOf({caller, connection}: SignedInContext): Reader {
  const readsAlong = connection === undefined && hasScope(caller, 'read');
  return {userId: caller.user.id, actorId: actorOf(caller).id, readsAlong};
}

/** For reading messages of a room: members and overseeing services, also in a closed room as long as it is kept. */
export async function reader<Node extends AccessNeeds>(
  ctx: Context<Node>,
  input: OfRoom,
): Promise<ReaderContext<Node>> {
  const granted = signedIn(ctx);
  const as = readerOf(granted);
  const reading = grantReading({...as, roomId: input.roomId});
  const access = as.readsAlong ? await findAccess(granted, input.roomId) : undefined;
  if (access && isReadAlong(access)) return {...granted, access, reading};
  return {...(await member(ctx, input)), reading};
}

/** For searching messages: of a room that one may read, or of all that one is in. The statement decides about each. */
export async function searcher<Node extends AccessNeeds>(
  ctx: Context<Node>,
  {roomId}: {roomId?: string | undefined},
): Promise<SignedInContext<Node>> {
  if (roomId !== undefined) return reader(ctx, {roomId});
  return signedIn(ctx);
}

/** The same rule as reading_refusal in SQL. */
function isReadAlong({room, membership, banned, isKept}: RoomAccess): boolean {
  return !banned && isKept && (room.overseen === true || membership !== undefined);
}

/** For reading the member list. Everyone in a tenant is in its default rooms, so their lists are the directory. */
export async function memberReader<Node extends AccessNeeds>(
  ctx: Context<Node>,
  input: OfRoom,
): Promise<ReaderContext<Node>> {
  const granted = await reader(ctx, input);
  if (granted.access.room.isDefault) await directoryReader(ctx);
  requireGrant(granted, ['members']);
  return granted;
}

/** For changing a room: a member with the grant `manage`, and a service. */
export const changer = orSteward(holding(['manage'], ['owner']));
const moderating = orSteward(holding(['moderate'], ['owner', 'moderator']));
const givingRoles = orSteward(holding(['manage'], ['owner', 'moderator']));

/** For changing members: a member with the grant `moderate` or, if only a role is given, `manage`; and a service. */
export function memberChanger<Node extends AccessNeeds>(
  ctx: Context<Node>,
  input: OfRoom & {role?: unknown; mutedUntil?: unknown; banned?: unknown},
): Promise<ManagerContext<Node>> {
  const givesRoleAlone =
    input.role !== undefined && input.mutedUntil === undefined && input.banned === undefined;
  return (givesRoleAlone ? givingRoles : moderating)(ctx, input);
}
/** For deleting messages: members, and a service. */
export const messageDeleter = orSteward(member);

/** Whether the caller is a server of the product that administers all rooms of the tenant. */
function isSteward({caller}: Pick<Context, 'caller'>): boolean {
  return caller !== undefined && hasScope(caller, 'rooms');
}

/** For what only services may do to a room, even if they are not members. */
export async function steward<Node extends AccessNeeds>(
  ctx: Context<Node>,
  input: OfRoom,
): Promise<ManagerContext<Node>> {
  return managing(await roomOf(service(ctx), input, () => true), input);
}

/** For looking at a room: a visitor, and a service. */
export async function viewer<Node extends AccessNeeds>(
  ctx: Context<Node>,
  input: OfRoom,
): Promise<RoomContext<Node>> {
  return isSteward(ctx) ? roomOf(signedIn(ctx), input, () => true) : visitor(ctx, input);
}

/** Lets a service do in every room of its tenant, even as a non-member, what members with the grant may do. */
function orSteward(
  others: <Node extends AccessNeeds>(ctx: Context<Node>, input: OfRoom) => Promise<MemberContext<Node>>,
) {
  return async <Node extends AccessNeeds>(
    ctx: Context<Node>,
    input: OfRoom,
  ): Promise<ManagerContext<Node>> => {
    if (!isSteward(ctx)) {
      const granted = await others(ctx, input);
      return {...granted, manager: granted.member};
    }
    return steward(ctx, input);
  };
}

/** For adding members: a member with the grant `add`, and a service. */
export const adder = orService(['add']);
/** For removing members: a member with the grant `moderate`, and a service. */
export const remover = orService(['moderate']);

/**
 * Lets a service act in every room except direct ones, even as a non-member. For anything else it must become a member,
 * which the other members can see.
 */
function orService(grants: Grant[]) {
  return async <Node extends AccessNeeds>(
    ctx: Context<Node>,
    input: OfRoom,
  ): Promise<ManagerContext<Node>> => {
    if (!ctx.caller?.key) {
      const granted = await member(ctx, input);
      requireGrant(granted, grants);
      return {...granted, manager: granted.member};
    }
    return managing(await roomOf(signedIn(ctx), input, isNoDirect), input);
  };
}

/** A member who is not muted. */
export async function unmutedMember<Node extends AccessNeeds>(
  ctx: Context<Node>,
  input: OfRoom,
): Promise<MemberContext<Node>> {
  const granted = await member(ctx, input);
  const {mutedUntil} = granted.member;
  if (mutedUntil && Date.parse(mutedUntil) > Date.now()) {
    throw new ChatError('forbidden', {message: 'You are muted in this room.', details: {mutedUntil}});
  }
  if (granted.access.room.archivedAt) {
    throw new ChatError('forbidden', {message: 'This room is archived.', details: {archived: true}});
  }
  return granted;
}

/** For typing indicators and reactions: a member who may send now. */
export async function talker<Node extends AccessNeeds>(
  ctx: Context<Node>,
  input: OfRoom,
): Promise<MemberContext<Node>> {
  const granted = await unmutedMember(ctx, input);
  requireGrant(granted, ['send']);
  return granted;
}

/** For pins: a member who may moderate and write and, in a direct room, both users; and a service. */
export const pinner = orSteward(async (ctx, input) => {
  const granted = await unmutedMember(ctx, input);
  requireGrant(granted, [isNoDirect(granted.access) ? 'moderate' : 'send']);
  return granted;
});

/** A member with one of these grants. A service that is an ordinary member of the room is judged by its role there. */
function holding(grants: Grant[], roles: Role[]) {
  return async <Node extends AccessNeeds>(
    ctx: Context<Node>,
    input: OfRoom,
  ): Promise<MemberContext<Node>> => {
    const granted = await member(ctx, input);
    requireGrant(granted, grants);
    if (ctx.caller?.key && !roles.includes(granted.member.role)) throw new ChatError('forbidden');
    return granted;
  };
}

function requireGrant({access}: RoomContext, grants: Grant[]): void {
  if (grants.some((grant) => access.may.includes(grant))) return;
  throw new ChatError('forbidden', {details: {grant: grants[0]}});
}
