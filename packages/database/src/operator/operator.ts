/** What an operator asks and does, across all tenants and without a check of rights. Every change is in `audit_log`. */
import type {Frame} from '@madang/protocol/log';
import type {Room} from '@madang/protocol/rooms';
import {call, type Database} from '../connections/pool.ts';
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

const listUsersStatement = {
  name: '',
  text: `
    select json_strip_nulls(json_build_object('id', u.id, 'kind', u.kind, 'name', u.name,
      'displayName', u.display_name, 'externalId', u.external_id, 'seenAt', wire_time(u.seen_at),
      'createdAt', wire_time(u.created_at), 'disabledAt', wire_time(u.disabled_at))) as user
    from users u
    where tenant_id = $1 and deleted_at is null
      and ($2::text is null or position($2 in split_part(name_key, chr(1), 1)) > 0 or position($2 in shown_key) > 0
        or external_id = $3)
    order by name_key, id
    limit $4`,
};

/** Lists users by name, disabled ones too; `query` is part of a name, or a product's own id. */
export async function listUsersForOperator(
  db: Database,
  {tenantId, query, limit}: {tenantId: string; query?: string; limit: number},
): Promise<ListedUser[]> {
  const values = [tenantId, query && nameKey(query), query, limit];
  const rows = await db.query<{user: ListedUser}>(listUsersStatement, values);
  return rows.map(({user}) => user);
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

const listRoomsStatement = {
  name: '',
  text: `
    select wire_counted_room(r) as room from rooms r
    where tenant_id = $1 and closed_at is null and kind = 'room'
      and ($2::text is null or position(lower($2) in lower(title)) > 0)
    order by active_at desc, id
    limit $3`,
};

/** Lists open rooms, private ones too, the most active first. Direct rooms are their users' own. */
export async function listRoomsForOperator(
  db: Database,
  {tenantId, query, limit}: {tenantId: string; query?: string; limit: number},
): Promise<Room[]> {
  const rows = await db.query<{room: Room}>(listRoomsStatement, [tenantId, query, limit]);
  return rows.map(({room}) => room);
}

const closeAnyRoomStatement = {name: '', text: 'select close_any_room($1) as answer'};

/** Closes a room permanently. `forbidden` for `general` and direct rooms. */
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
