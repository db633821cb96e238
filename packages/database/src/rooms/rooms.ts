import type {Frame} from '@madang/protocol/log';
import type {Role, Room, RoomState} from '@madang/protocol/rooms';
import type {Grant} from '@madang/protocol/policy';
import {acting, actingValues, type Acting} from '../operator/audit.ts';
import {decodeCursor, encodeCursor} from '../cursors.ts';
import {newId} from '../ids.ts';
import type {Management, MembershipFields} from './membership.ts';
import {call, type Database} from '../connections/pool.ts';
import {roomKeys} from '../names/room-keys.ts';
import {queryKeys} from '../names/search-keys.ts';

/** The part of a RoomState that Postgres knows: Redis knows who is online. */
export type StateRead = Omit<RoomState, 'online'>;

/** Everything that decides what a user may do with a room, read in one snapshot. */
export type RoomAccess = {
  room: Room;
  epoch: string;
  head: number;
  passwordHash?: string;
  /** The product's own id, only for its servers. */
  externalId?: string;
  banned: boolean;
  /** The grants that the policy gives the actor in the room. */
  may: Grant[];
  /** Whether the room's messages are kept: false for a closed room after the days that its type sets. */
  isKept: boolean;
  /** Absent for strangers and banned users. */
  membership?: MembershipFields;
};

const findAccess = {
  name: 'find_room_access',
  text: `
    select
      wire_counted_room(r) as room, wire_epoch(r.epoch) as epoch, r.head, r.password_hash as "passwordHash",
      r.external_id as "externalId",
      coalesce(m.banned, false) as banned, to_json(granted_to(r, m, $4)) as may,
      is_kept(r) as "isKept",
      case when not m.banned then json_strip_nulls(json_build_object(
        'tenantId', r.tenant_id, 'roomId', r.id, 'userId', m.user_id, 'role', m.role, 'joinedAt', m.joined_at_rev,
        'readSeq', m.read_seq, 'mutedUntil', case when m.muted_until > now() then wire_time(m.muted_until) end))
      end as membership
    from rooms r left join memberships m on m.room_id = r.id and m.user_id = $3
    where r.tenant_id = $1 and r.id = $2`,
};

/**
 * Finds a room, open or closed, and the user's standing in it; undefined if this tenant has no such room. The actor is
 * the user or, if a service calls as the user, the service, which keeps its own grants.
 */
export async function findRoomAccess(
  db: Database,
  {
    tenantId,
    roomId,
    userId,
    actorId = userId,
  }: {tenantId: string; roomId: string; userId: string; actorId?: string},
): Promise<RoomAccess | undefined> {
  type Row = Omit<RoomAccess, 'passwordHash' | 'externalId' | 'membership'> & {
    passwordHash: string | null;
    externalId: string | null;
    membership: MembershipFields | null;
  };
  const [row] = await db.query<Row>(findAccess, [tenantId, roomId, userId, actorId]);
  if (row === undefined) return undefined;
  return {
    ...row,
    passwordHash: row.passwordHash ?? undefined,
    externalId: row.externalId ?? undefined,
    membership: row.membership ?? undefined,
  };
}

export type NewRoom = {
  tenantId: string;
  userId: string;
  /** Whose grants count, if not the user's: the service that calls as the user. */
  actorId?: string;
  title: string;
  /** `room` unless given. */
  type?: string;
  /** Without it, the type's visibility, else `public`. */
  visibility?: Room['visibility'];
  passwordHash?: string;
  capacity?: number;
  ephemeral: boolean;
  clientId?: string;
  /** The product's own id. */
  externalId?: string;
  data?: Record<string, unknown>;
  archived?: boolean;
  members?: readonly RoomMember[];
};
export type RoomMember = {userId: string; role?: Exclude<Role, 'owner'> | undefined};

const createRoomStatement = {
  name: 'open_room',
  text: `
    select answer, set_room_keys($1, $5, $6, $7::int[]) from open_room($1, $2, $3, $4) as answer`,
};

/**
 * Opens a room with its creator as owner and first member. The same clientId, or externalId, finds the room it made.
 * `joined` has the ids of the users whom this call made members, except the creator of a new room. Throws `room_full`
 * if the capacity is too small for the members.
 */
export function createRoom(
  db: Database,
  {tenantId, userId, ...room}: NewRoom,
): Promise<{state: StateRead; created: boolean; joined: string[]}> {
  const values = [newId(), tenantId, userId, JSON.stringify(room), room.title];
  return call(db, createRoomStatement, [...values, ...roomKeys(tenantId, room.title)]);
}

const openDirectStatement = {
  name: 'open_direct_as',
  text: 'select open_direct_as($1, $2, $3, $4, $5) as answer',
};

/**
 * Finds or makes the only direct room of two users; both are members from then on. Throws `not_found` for a deleted
 * user. The actor is the user or, if a service calls as the user, the service.
 */
export function openDirect(
  db: Database,
  {
    tenantId,
    userId,
    otherId,
    actorId = userId,
  }: {tenantId: string; userId: string; otherId: string; actorId?: string},
): Promise<{state: StateRead; opened: boolean}> {
  return call(db, openDirectStatement, [newId(), tenantId, userId, otherId, actorId]);
}

const readRoomStatement = {
  name: 'read_room',
  text: 'select wire_counted_room(r) as room from rooms r where tenant_id = $1 and id = $2',
};

/** Reads a room of the tenant, closed or not. */
export async function readRoom(
  db: Database,
  {tenantId, roomId}: {tenantId: string; roomId: string},
): Promise<Room | undefined> {
  const [row] = await db.query<{room: Room}>(readRoomStatement, [tenantId, roomId]);
  return row?.room;
}

const isListed = "r.visibility = 'public' and r.kind = 'room' and r.closed_at is null";

const listRoomsStatement = {
  name: 'list_rooms',
  text: `
    select wire_counted_room(r) as room from rooms r
    where tenant_id = $1 and ${isListed}
      and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
    order by created_at desc, id desc
    limit $2 + 1`,
};

/** As in directory.ts: unnamed, and with the previous release's rule for rooms that have no keys yet. */
export const searchRoomsStatement = {
  name: '',
  text: `
    select wire_counted_room(r) as room from (
      (select s.room_id from room_search s join rooms r on r.id = s.room_id and ${isListed}
        where s.tenant_id = $1 and s.grams @> $6::int[] and position($5 in s.text) > 0
          and ($3::timestamptz is null or (s.created_at, s.room_id) < ($3, $4::uuid))
        order by s.created_at desc, s.room_id desc
        limit $2 + 1)
      union all
      (select r.id from rooms r
        where r.tenant_id = $1 and r.keys_stale and ${isListed} and position(lower($7) in lower(r.title)) > 0
          and ($3::timestamptz is null or (r.created_at, r.id) < ($3, $4::uuid))
        order by r.created_at desc, r.id desc
        limit $2 + 1)
    ) found join rooms r on r.id = found.room_id
    order by r.created_at desc, r.id desc
    limit $2 + 1`,
};

/**
 * Lists the open public rooms of a tenant, newest first; `query` may match anywhere in the title, ignoring case,
 * accents, width and normal form. Throws `invalid` for a query that is too short.
 */
export async function listRooms(
  db: Database,
  page: {tenantId: string; query?: string; after?: string; limit: number},
): Promise<{rooms: Room[]; next?: string}> {
  const {tenantId, query, after, limit} = page;
  const [createdAt, id] = after === undefined ? [] : decodeCursor(after, 2);
  const values = [tenantId, limit, createdAt, id];
  const keys = query === undefined ? undefined : queryKeys(tenantId, query);
  const rows =
    keys === undefined
      ? await db.query<{room: Room}>(listRoomsStatement, values)
      : await db.query<{room: Room}>(searchRoomsStatement, [...values, keys.text, keys.grams, query]);
  const rooms = rows.slice(0, limit).map(({room}) => room);
  const last = rooms.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {rooms, ...(hasMore ? {next: encodeCursor([last.createdAt, last.id])} : {})};
}

/** Which rooms of a tenant to list: all, or those that match every given filter. */
export type RoomFilter = {
  type?: string;
  memberId?: string;
  externalIds?: readonly string[];
  archived?: boolean;
  closed?: boolean;
};

/**
 * The statement that lists a tenant's rooms, and its values from the fifth on. It has no name, so each set of filters
 * gets its own plan. Booleans are literals, since otherwise the planner does not use a partial index.
 */
export function allRoomsStatement({type, memberId, externalIds, archived, closed}: RoomFilter) {
  const values: unknown[] = [];
  const given = (value: unknown) => `$${values.push(value) + 4}`;
  const isSet = (wanted: boolean) => (wanted ? 'is not null' : 'is null');
  const conditions = [
    type !== undefined && `coalesce(r.type, r.kind) = ${given(type)}::text`,
    memberId !== undefined &&
      `r.id in (select room_id from memberships where user_id = ${given(memberId)}::uuid and not banned)`,
    externalIds !== undefined && `r.external_id = any (${given(externalIds)}::text[])`,
    archived !== undefined && `r.archived_at ${isSet(archived)}`,
    closed !== undefined && `r.closed_at ${isSet(closed)}`,
  ].filter((condition) => condition !== false);
  const text = `
    select wire_counted_room(r) as room, r.external_id as "externalId" from rooms r
    where r.tenant_id = $1 and ($3::timestamptz is null or (r.created_at, r.id) < ($3, $4::uuid))
      ${conditions.map((condition) => `and ${condition}`).join('\n')}
    order by r.created_at desc, r.id desc
    limit $2 + 1`;
  return {statement: {name: '', text}, values};
}

/** Lists rooms of a tenant, of every kind, open and closed, newest first, with the product's own ids. */
export async function listAllRooms(
  db: Database,
  page: {tenantId: string; filter: RoomFilter; after?: string; limit: number},
): Promise<{rooms: {room: Room; externalId: string | null}[]; next?: string}> {
  const {tenantId, filter, after, limit} = page;
  const [createdAt, id] = after === undefined ? [] : decodeCursor(after, 2);
  const {statement, values} = allRoomsStatement(filter);
  const rows = await db.query<{room: Room; externalId: string | null}>(statement, [
    tenantId,
    limit,
    createdAt,
    id,
    ...values,
  ]);
  const rooms = rows.slice(0, limit);
  const last = rooms.at(-1)?.room;
  const hasMore = rows.length > limit && last !== undefined;
  return {rooms, ...(hasMore ? {next: encodeCursor([last.createdAt, last.id])} : {})};
}

/** What room:update may change; `passwordHash: null` removes the password. */
export type RoomPatch = {
  title?: string;
  /** null removes it. */
  topic?: string | null;
  /** null or 0 ends slow mode. */
  slowSeconds?: number | null;
  visibility?: Room['visibility'];
  passwordHash?: string | null;
  capacity?: number;
  ephemeral?: boolean;
  /** null removes it. */
  data?: Record<string, unknown> | null;
  archived?: boolean;
};

/** A changed room, and the product's own id for it. */
export type ChangedRoom = {room: Room; externalId?: string; frame?: Frame};

const updateRoomStatement = acting(
  {name: 'update_room', text: 'select update_room($1, $2, $3) as answer'},
  3,
);
const renameRoomStatement = {
  name: 'rename_room',
  text: `
    select answer, set_room_keys($1, $7, $8, $9::int[]) from (${updateRoomStatement.text}) as updated`,
};

/**
 * Changes a room, by a service or a member with the grant `manage`. Throws `conflict` if the capacity is below the
 * number of members.
 */
export function updateRoom(
  db: Database,
  {tenantId, roomId, userId}: Management,
  patch: RoomPatch,
  by?: Acting,
): Promise<ChangedRoom> {
  const values = [roomId, userId, JSON.stringify(patch), ...actingValues(by)];
  const {title} = patch;
  if (title === undefined) return call(db, updateRoomStatement, values);
  return call(db, renameRoomStatement, [...values, title, ...roomKeys(tenantId, title)]);
}

const truncateRoomStatement = acting(
  {name: 'truncate_room', text: 'select truncate_room($1, $2, $3) as answer'},
  3,
);

/** Removes the messages below `before`, or all messages, with the rights of updateRoom; `frame` if there were any. */
export function truncateRoom(
  db: Database,
  {roomId, userId}: Management,
  {before}: {before?: number | undefined},
  by?: Acting,
): Promise<ChangedRoom> {
  return call(db, truncateRoomStatement, [roomId, userId, before, ...actingValues(by)]);
}

const closeRoomStatement = acting({name: 'close_room', text: 'select close_room($1, $2) as answer'}, 2);

/**
 * Closes a room permanently, with the rights of updateRoom; the closing entry ends every membership. Default rooms
 * cannot be closed. A room that is already closed comes without a frame.
 */
export function closeRoom(db: Database, {roomId, userId}: Management, by?: Acting): Promise<ChangedRoom> {
  return call(db, closeRoomStatement, [roomId, userId, ...actingValues(by)]);
}

const raiseEpochStatement = {name: 'raise_epoch', text: 'select raise_epoch($1, $2, $3) as raised'};

/** Gives the log of a room a new epoch if its head lies below the position that a node saw. True if it did. */
export async function raiseEpoch(
  db: Database,
  {roomId, epoch, position}: {roomId: string; epoch: string; position: number},
): Promise<boolean> {
  const [row] = await db.query<{raised: boolean | null}>(raiseEpochStatement, [roomId, epoch, position]);
  return row?.raised ?? false;
}
