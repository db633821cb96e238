import type {ErrorCode} from '@madang/protocol/errors';
import type {Frame} from '@madang/protocol/log';
import type {Member} from '@madang/protocol/members';
import type {Role} from '@madang/protocol/rooms';
import {decodeCursor, encodeCursor} from '../cursors.ts';
import {acting, actingValues, type Acting} from '../operator/audit.ts';
import {joinGrouped, type Join} from './joins.ts';
import {explainName} from '../names/name-refusals.ts';
import type {Leave, Management} from './membership.ts';
import {call, type Database} from '../connections/pool.ts';
import type {RoomMember, StateRead} from './rooms.ts';

export type MemberRead = Omit<Member, 'online'>;

/**
 * Makes a user a member. Joining again returns the current state with `joined: false`.
 *
 * Throws `not_found`, `banned`, `room_closed` or `room_full`; `wrong_password` if the room no longer has the hash that
 * the given password was verified against; `conflict` if an owner or moderator of the room is shown under the user's
 * name. There is a frame only if the owner changes: the first user who enters an empty room owns it.
 */
export function joinRoom(
  db: Database,
  join: Join,
): Promise<{state: StateRead; joined: boolean; frame?: Frame}> {
  return explainName(joinGrouped(db, join));
}

const addMemberStatement = acting(
  {name: 'put_member', text: 'select put_member($1, $2, $3, $4) as answer'},
  4,
);

/**
 * Makes a user of the tenant a member, in this role; `state` is the member's. Without a role, a new member gets the
 * role `member`, and an existing one keeps theirs. Only the owner and a service may assign another role. Nobody changes
 * the owner's role: the owner hands the room over first (`conflict`). As with a join, there is a frame only if the
 * owner changes.
 */
export function addMember(
  db: Database,
  {roomId, userId: actorId}: Management,
  {
    userId,
    role,
    reason,
  }: {userId: string; role?: Exclude<Role, 'owner'> | undefined; reason?: string | undefined},
  by?: Acting,
): Promise<{member: MemberRead; state: StateRead; joined: boolean; changed: boolean; frame?: Frame}> {
  return call(db, addMemberStatement, [
    roomId,
    actorId,
    userId,
    role,
    ...actingValues(by, role === undefined && reason === undefined ? undefined : {role, reason}),
  ]);
}

const putMembersStatement = acting(
  {name: 'put_members', text: 'select put_members($1, $2, $3::uuid[], $4::text[]) as answer'},
  4,
);

/** The users who joined, those whose role changed, and the places (from 1) of rejected users. */
export type PutMembers = {
  joined: string[];
  changed: string[];
  rejected: {no: number; code: ErrorCode}[];
  frame?: Frame;
};

/** addMember for many at once, by a service; a rejected user does not affect the others. */
export function putMembers(
  db: Database,
  {roomId, userId: actorId}: Management,
  members: readonly RoomMember[],
  by?: Acting,
): Promise<PutMembers> {
  const [userIds, roles] = [members.map(({userId}) => userId), members.map(({role}) => role)];
  return call(db, putMembersStatement, [roomId, actorId, userIds, roles, ...actingValues(by)]);
}

const leaveRoomStatement = {name: 'leave_room', text: 'select leave_room($1, $2) as answer'};

/**
 * Ends one's own membership. The oldest moderator, else the oldest member, succeeds an owner. For a user who has
 * already left, returns the rev of that, without a frame. Throws `not_found`, `forbidden`, `banned` or `room_closed`.
 */
export function leaveRoom(db: Database, {roomId, userId}: Leave): Promise<{leftAt: number; frame?: Frame}> {
  return call(db, leaveRoomStatement, [roomId, userId]);
}

const removeMemberStatement = acting(
  {name: 'remove_member', text: 'select remove_member($1, $2, $3) as answer'},
  3,
);

/**
 * Ends the membership of someone of lower rank; a service may remove anyone. For a user who has already left, returns
 * the rev of that, without a frame.
 */
export function removeMember(
  db: Database,
  {roomId, userId: actorId}: Management,
  {userId, reason}: {userId: string; reason?: string | undefined},
  by?: Acting,
): Promise<{leftAt: number; frame?: Frame}> {
  const values = [roomId, actorId, userId, ...actingValues(by, reason === undefined ? undefined : {reason})];
  return call(db, removeMemberStatement, values);
}

export type MemberPatch = {role?: Role; mutedUntil?: string | null; banned?: boolean};

const updateMemberStatement = acting(
  {name: 'update_member', text: 'select update_member($1, $2, $3, $4) as answer'},
  4,
);

/**
 * Assigns a role (`owner` hands the room over; the previous owner is `demoted`), mutes or bans. A ban ends the
 * membership at `leftAt`. Lifting the ban does not restore the membership: the user must join again.
 */
export function updateMember(
  db: Database,
  {roomId, userId: actorId}: Management,
  {userId, reason, ...patch}: MemberPatch & {userId: string; reason?: string | undefined},
  by?: Acting,
): Promise<{member: MemberRead; leftAt?: number; demoted?: string; frame?: Frame}> {
  const values = [roomId, actorId, userId, JSON.stringify(patch), ...actingValues(by, {...patch, reason})];
  return call(db, updateMemberStatement, values);
}

const listMembersStatement = {
  name: 'list_members',
  text: `
    select wire_listed_member(m) as member from memberships m
    where room_id = $1
      and ($2::uuid[] is null or user_id = any ($2))
      and ($3::uuid is null or user_id > $3)
    order by user_id
    limit $4 + 1`,
};

/** Lists members, and banned users as such, in the order in which they became users: that order has an index. */
export async function listMembers(
  db: Database,
  page: {roomId: string; userIds?: readonly string[]; after?: string; limit: number},
): Promise<{members: MemberRead[]; next?: string}> {
  const {roomId, userIds, after, limit} = page;
  const [id] = after === undefined ? [] : decodeCursor(after, 1);
  const rows = await db.query<{member: MemberRead}>(listMembersStatement, [roomId, userIds, id, limit]);
  const members = rows.slice(0, limit).map(({member}) => member);
  const last = members.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {members, ...(hasMore ? {next: encodeCursor([last.user.id])} : {})};
}
