/** Queries and acts of an operator, across all tenants and without checks of rights. `audit_log` has every change. */
import {ChatError} from '@madang/protocol/errors';
import type {Frame} from '@madang/protocol/log';
import type {Room} from '@madang/protocol/rooms';
import {call, type Database} from '../connections/pool.ts';
import {queryKeys, type SearchKeys} from '../names/search-keys.ts';
import {fitsByOldRule} from '../users/directory.ts';
import {nameKey, type UserKey} from '../users/users.ts';

export type ListedUser = {
  id: string;
  kind: string;
  name: string;
  displayName?: string;
  externalId?: string;
  seenAt: string;
  createdAt: string;
  disabledAt?: string;
};

const shownUser = `
      json_strip_nulls(json_build_object('id', u.id, 'kind', u.kind, 'name', u.name,
        'displayName', u.display_name, 'externalId', u.external_id, 'seenAt', wire_time(u.seen_at),
        'createdAt', wire_time(u.created_at), 'disabledAt', wire_time(u.disabled_at))) as user`;

const listUsersStatement = {
  name: '',
  text: `
    select ${shownUser} from users u
    where tenant_id = $1 and deleted_at is null
    order by name_key, id
    limit $2`,
};

/** As in directory.ts, by name or the product's own id. */
export const searchUsersStatement = {
  name: '',
  text: `
    select ${shownUser} from (
      select s.user_id as id from user_search s
      where s.tenant_id = $1 and s.grams @> $4::int[] and position($3 in s.text) > 0
      union
      select u.id from users u
      where u.tenant_id = $1 and u.keys_stale and u.deleted_at is null and ${fitsByOldRule('$5')}
      union
      select u.id from users u where u.tenant_id = $1 and u.external_id = $6 and u.deleted_at is null
    ) found join users u using (id)
    where u.deleted_at is null
    order by u.name_key, u.id
    limit $2`,
};

/**
 * Lists users by name, including disabled ones; `query` is a part of a name, or a product's own id. Throws `invalid`
 * for a query that is too short to be a part of a name and is nobody's id.
 */
export async function listUsersForOperator(
  db: Database,
  {tenantId, query, limit}: {tenantId: string; query?: string; limit: number},
): Promise<ListedUser[]> {
  if (query === undefined) return usersOf(await db.query<UserRow>(listUsersStatement, [tenantId, limit]));
  const {keys, tooShort} = keysOrRefusal(tenantId, query);
  const values = [tenantId, limit, keys?.text, keys?.grams, nameKey(query), query];
  const users = usersOf(await db.query<UserRow>(searchUsersStatement, values));
  if (users.length === 0 && tooShort) throw tooShort;
  return users;
}

type UserRow = {user: ListedUser};
const usersOf = (rows: UserRow[]): ListedUser[] => rows.map(({user}) => user);

function keysOrRefusal(tenantId: string, query: string): {keys?: SearchKeys; tooShort?: ChatError} {
  try {
    return {keys: queryKeys(tenantId, query)};
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    return {tooShort: error};
  }
}

const resetPasswordStatement = {name: '', text: 'select reset_password($1, $2, $3) as answer'};

/** Sets an account's password and ends its sessions. `forbidden` for users whom the product signs in by ticket. */
export async function resetPassword(
  db: Database,
  {tenantId, userId, passwordHash}: UserKey & {passwordHash: string},
): Promise<void> {
  await call(db, resetPasswordStatement, [tenantId, userId, passwordHash]);
}

const signOutUserStatement = {name: '', text: 'select sign_out_user($1, $2) as answer'};

/** Ends every session of the user. */
export async function signOutUser(db: Database, {tenantId, userId}: UserKey): Promise<void> {
  await call(db, signOutUserStatement, [tenantId, userId]);
}

const isListed = "r.kind = 'room' and r.closed_at is null";

const listRoomsStatement = {
  name: '',
  text: `
    select wire_counted_room(r) as room from rooms r
    where tenant_id = $1 and ${isListed}
    order by active_at desc, id
    limit $2`,
};

/** As in rooms.ts, but including private rooms. */
export const searchAllRoomsStatement = {
  name: '',
  text: `
    select wire_counted_room(r) as room from (
      select s.room_id as id from room_search s
      where s.tenant_id = $1 and s.grams @> $4::int[] and position($3 in s.text) > 0
      union
      select r.id from rooms r
      where r.tenant_id = $1 and r.keys_stale and ${isListed} and position(lower($5) in lower(r.title)) > 0
    ) found join rooms r using (id)
    where ${isListed}
    order by r.active_at desc, r.id
    limit $2`,
};

/**
 * Lists open rooms, including private ones, most active first; `query` is a part of the title. Direct rooms are left
 * out, since they belong to their users. Throws `invalid` for a query that is too short.
 */
export async function listRoomsForOperator(
  db: Database,
  {tenantId, query, limit}: {tenantId: string; query?: string; limit: number},
): Promise<Room[]> {
  const keys = query === undefined ? undefined : queryKeys(tenantId, query);
  const rows =
    keys === undefined
      ? await db.query<{room: Room}>(listRoomsStatement, [tenantId, limit])
      : await db.query<{room: Room}>(searchAllRoomsStatement, [
          tenantId,
          limit,
          keys.text,
          keys.grams,
          query,
        ]);
  return rows.map(({room}) => room);
}

const closeAnyRoomStatement = {name: '', text: 'select close_any_room($1) as answer'};

/** Closes a room permanently. `forbidden` for default and direct rooms. */
export function closeAnyRoom(db: Database, {roomId}: {roomId: string}): Promise<{room: Room; frame: Frame}> {
  return call(db, closeAnyRoomStatement, [roomId]);
}

export type ListedNode = {id: string; isAlive: boolean; leaseUntil: string};

const listNodesStatement = {
  name: '',
  text: `
    select id, lease_until > clock_ms() as "isAlive", wire_time(lease_until) as "leaseUntil"
    from nodes order by lease_until desc, id`,
};

/** Lists the gateways that have renewed their lease within the last hour. */
export function listNodes(db: Database): Promise<ListedNode[]> {
  return db.query<ListedNode>(listNodesStatement);
}
