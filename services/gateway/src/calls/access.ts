/**
 * Who may do what: the policies of the operation table, and the only maker of a Membership.
 *
 * What a policy grants was true when it was read. Writes prove it again under the room's lock; what a connection hears
 * is ended by the feed.
 */
import {
  grantLeave,
  grantManagement,
  grantMembership,
  grantReading,
  type Reader,
} from '@madang/database/rooms/membership';
import type {Database} from '@madang/database/connections/pool';
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

/** What the policies need of the node; what they grant keeps the rest of it. */
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

/** Anyone who is signed in except services, which the operator creates and revokes. */
export function person<Node>(ctx: Context<Node>): PersonContext<Node> {
  const {caller} = signedIn(ctx);
  const {key, ...person} = caller;
  if (key) throw new ChatError('forbidden');
  return {...ctx, caller: person};
}

/** For looking others up: anyone who is signed in where the tenant has a directory, and its services. */
export async function directoryReader<Node extends AccessNeeds>(
  ctx: Context<Node>,
): Promise<SignedInContext<Node>> {
  const granted = signedIn(ctx);
  if (!(await hasDirectory(granted))) {
    throw new ChatError('forbidden', {message: 'There is no user directory here.'});
  }
  return granted;
}

/** For listing users: as a directoryReader or, without a directory, by ids, of whom the handler shows those one meets. */
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
 * For leaving. The answer to the first try may have been lost, so who is out already is let through, too: leave_room
 * knows whether they ever were in, and refuses everyone else as `member` would.
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

/** For closing. The answer to the first try may have been lost, so who could close a room is let through once it is closed. */
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

/** Lets the caller change the room: the grant is the service's where one acts. */
function managing<Node extends AccessNeeds>(
  granted: RoomContext<Node>,
  {roomId}: OfRoom,
): ManagerContext<Node> {
  const {tenantId} = granted.caller;
  return {...granted, manager: grantManagement({tenantId, roomId, userId: actorOf(granted.caller).id})};
}

/**
 * Who asks to read. Over a socket a service hears nothing where it is no member; over HTTP a key with the scope `read` reads
 * along where the room is overseen, also as a user.
 */
export function readerOf({caller, connection}: SignedInContext): Reader {
  const readsAlong = connection === undefined && hasScope(caller, 'read');
  return {userId: caller.user.id, actorId: actorOf(caller).id, readsAlong};
}

/** For reading what is written in a room: members, and who reads along, also in a closed room for as long as it is kept. */
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

/** As reading_refusal. */
function isReadAlong({room, membership, banned, isKept}: RoomAccess): boolean {
  return !banned && isKept && (room.overseen === true || membership !== undefined);
}

/** For reading who the members are. All of a tenant are in its default rooms: their lists are the directory. */
export async function memberReader<Node extends AccessNeeds>(
  ctx: Context<Node>,
  input: OfRoom,
): Promise<ReaderContext<Node>> {
  const granted = await reader(ctx, input);
  if (granted.access.room.isDefault) await directoryReader(ctx);
  requireGrant(granted, ['members']);
  return granted;
}

/** For changing a room: who is granted `manage`, and a service. */
export const changer = orSteward(holding(['manage'], ['owner']));
const moderating = orSteward(holding(['moderate'], ['owner', 'moderator']));
const givingRoles = orSteward(holding(['manage'], ['owner', 'moderator']));

/** For changing members: who is granted `moderate` or, where only a role is given, `manage`; and a service. */
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

/** Whether the caller is a server of the product that looks after all rooms of the tenant. */
function isSteward({caller}: Pick<Context, 'caller'>): boolean {
  return caller !== undefined && hasScope(caller, 'rooms');
}

/** For what services alone do to a room, also where they are no member. */
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

/** Lets a service do in every room of its tenant, also where it is no member, what the others may do who are granted it. */
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

/** For adding members: who is granted `add`, and a service. */
export const adder = orService(['add']);
/** For removing members: who is granted `moderate`, and a service. */
export const remover = orService(['moderate']);

/**
 * Lets a service in every room but a direct one, also where it is no member. What else it would do there it must become one
 * for, which its members can see.
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

/** A member who may speak now. */
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

/** For showing that one writes: who may send now. */
export async function typist<Node extends AccessNeeds>(
  ctx: Context<Node>,
  input: OfRoom,
): Promise<MemberContext<Node>> {
  const granted = await unmutedMember(ctx, input);
  requireGrant(granted, ['send']);
  return granted;
}

/** A member who is granted one of these; a service that is in the room as anybody else is goes by its role there. */
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
