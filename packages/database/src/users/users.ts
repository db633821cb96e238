import {acting, actingValues, type Acting} from '../operator/audit.ts';
import {ChatError} from '@madang/protocol/errors';
import type {User} from '@madang/protocol/users';
import {newId} from '../ids.ts';
import {userKeys, writeUserKeys} from '../names/name-keys.ts';
import {explainName} from '../names/name-refusals.ts';
import {call, type Database} from '../connections/pool.ts';

/** A user as the server knows them; `user` has all fields, for services and the user. */
export type StoredUser = {
  user: User;
  tenantId: string;
  sessionEpoch: number;
  passwordHash?: string;
  disabledAt?: string;
  deletedAt?: string;
};

/** The form in which names are compared: it ignores compatibility forms, case and the width of spaces. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').replace(/\s+/g, ' ').toLowerCase();
}

const insertAccountStatement = {
  name: 'insert_account',
  text: `
    select answer,
      case when answer -> 'refused' is null then set_user_keys($1, $3, $5, $9, $10, $11, $12::int[], true) end
    from (
      select coalesce(claim_name($2, null, $9, $10, $6), insert_account($1, $2, $3, $4, $5, $6, $7, $8)) as answer
      offset 0
    ) claimed`,
};

/** Registers an account, with the default rooms. Throws `conflict` if a name is taken, or looks like a taken one. */
export function insertAccount(
  db: Database,
  account: {tenantId: string; name: string; passwordHash: string; displayName?: string; color: string},
): Promise<StoredUser> {
  const {tenantId, name, passwordHash, displayName, color} = account;
  const shownKey = nameKey(displayName ?? name);
  return explainName(
    call(db, insertAccountStatement, [
      newId(),
      tenantId,
      name,
      nameKey(name),
      displayName,
      shownKey,
      passwordHash,
      color,
      ...userKeys(account),
    ]),
  );
}

const keepGuestStatement = {
  name: 'keep_guest',
  text: `
    select answer,
      case when answer -> 'refused' is null then set_user_keys($1, $3, $5, $8, $9, $10, $11::int[], true) end
    from (
      select coalesce(claim_name($2, $1, $8, $9, $6), keep_guest($1, $2, $3, $4, $5, $6, $7)) as answer offset 0
    ) claimed`,
};

/**
 * Makes an account of a guest, who stays in their rooms and joins the default rooms. Throws `conflict` if a name is taken,
 * or looks like a taken one, and `forbidden` if the user is no guest any more.
 */
export function keepGuest(
  db: Database,
  account: {tenantId: string; userId: string; name: string; passwordHash: string; displayName?: string},
): Promise<StoredUser> {
  const {tenantId, userId, name, passwordHash, displayName} = account;
  const shownKey = nameKey(displayName ?? name);
  const values = [userId, tenantId, name, nameKey(name), displayName, shownKey, passwordHash];
  return explainName(call(db, keepGuestStatement, [...values, ...userKeys(account)]));
}

type NewUser = {tenantId: string; name: string; color: string};

const insertGuestStatement = {
  name: 'insert_guest',
  text: `
    select answer,
      case when answer -> 'refused' is null then set_user_keys($1, $3, null, $6, $7, $8, $9::int[], true) end
    from (
      select coalesce(claim_name($2, null, null, $7, $4), insert_guest($1, $2, $3, $4, $5)) as answer offset 0
    ) claimed`,
};

/** Makes a guest. Throws `conflict` if an account has that name, or one that looks the same. */
export function insertGuest(db: Database, {tenantId, name, color}: NewUser): Promise<StoredUser> {
  const keys = userKeys({tenantId, name});
  return explainName(
    call(db, insertGuestStatement, [newId(), tenantId, name, nameKey(name), color, ...keys]),
  );
}

const insertServiceStatement = {
  name: 'insert_service',
  text: 'select insert_service($1, $2, $3, $4, $5) as answer',
};

/** Makes the user that a backend acts as. Throws `conflict` if the name is taken. */
export async function insertService(db: Database, {tenantId, name, color}: NewUser): Promise<StoredUser> {
  const values = [newId(), tenantId, name, nameKey(name), color];
  const stored = await call<StoredUser>(db, insertServiceStatement, values);
  await writeUserKeys(db, tenantId, stored.user);
  return stored;
}

const findUser = {
  name: 'find_user_by_name',
  text: `
    select stored_user(u) as stored from users u
    where tenant_id = $1 and name_key = $2 and kind <> 'guest' and deleted_at is null and kind = 'account'`,
};

/** Finds the account that signs in with this name, ignoring case. */
export async function findUserByName(
  db: Database,
  {tenantId, name}: {tenantId: string; name: string},
): Promise<StoredUser | undefined> {
  const [row] = await db.query<{stored: StoredUser}>(findUser, [tenantId, nameKey(name)]);
  return row?.stored;
}

export type UserKey = {tenantId: string; userId: string};

const getUserStatement = {
  name: 'get_user',
  text: `select stored_user(u) as stored from users u where tenant_id = $1 and id = $2 and deleted_at is null`,
};

/** Reads a user of the tenant. Throws `not_found`, also for a deleted user. */
export async function getUser(db: Database, {tenantId, userId}: UserKey): Promise<StoredUser> {
  const [row] = await db.query<{stored: StoredUser}>(getUserStatement, [tenantId, userId]);
  if (row === undefined) throw new ChatError('not_found');
  return row.stored;
}

const readUsersStatement = {
  name: 'read_users',
  text: `
    select wire_shown_user(u) as user from users u
    where tenant_id = $1 and id = any ($2::uuid[]) and deleted_at is null`,
};

const readSelfStatement = {
  name: 'read_self',
  text: `
    select wire_whole_user(u) as user, array(select other_id from blocks where user_id = u.id order by other_id) as blocked
    from users u where tenant_id = $1 and id = $2 and deleted_at is null`,
};

/** All fields of a user, as the user may know them, and whom they block. Throws `unauthenticated` for a deleted user. */
export async function readSelf(
  db: Database,
  {tenantId, userId}: UserKey,
): Promise<{user: User; blocked: string[]}> {
  const [row] = await db.query<{user: User; blocked: string[]}>(readSelfStatement, [tenantId, userId]);
  if (row === undefined) throw new ChatError('unauthenticated');
  return row;
}

/** Reads those of the users that exist, in no particular order. */
export async function readUsers(
  db: Database,
  {tenantId, userIds}: {tenantId: string; userIds: readonly string[]},
): Promise<User[]> {
  const rows = await db.query<{user: User}>(readUsersStatement, [tenantId, userIds]);
  return rows.map(({user}) => user);
}

const changeUserStatement = acting(
  {
    name: 'change_own_user',
    text: 'select change_own_user($1, $2, $3, $4, $5, $6, $7, $8, $9::int[], $10, $11) as answer',
  },
  11,
);

export type UserChange = {
  displayName?: string;
  color?: string;
  /** The user's own unsent image; from now on everybody in the tenant may see it. */
  avatarId?: string;
  /** null takes it back. */
  status?: {text: string; emoji?: string; until?: string} | null;
  dndUntil?: string | null;
  directs?: 'everyone' | 'request' | 'nobody';
  /** Ends every session except the one with `keepSessionHash`. */
  passwordHash?: string;
  keepSessionHash?: string;
};

/**
 * Changes the caller's profile and password, all of it or, if it throws, nothing. Throws `conflict` if the new name
 * equals or resembles the name of an account or a service, or the shown name of an owner or moderator of a room that
 * the user is in. Throws `not_found` for an image that is not the user's, or was already sent.
 */
export async function updateUser(
  db: Database,
  {tenantId, userId, passwordHash, keepSessionHash, ...patch}: UserKey & UserChange,
  by?: Acting,
): Promise<User> {
  const {displayName} = patch;
  const renaming = displayName === undefined ? noKeys : await renamingTo(db, {tenantId, userId, displayName});
  const values = [tenantId, userId, JSON.stringify(patch), ...renaming, passwordHash, keepSessionHash];
  return explainName(call(db, changeUserStatement, [...values, ...actingValues(by)]));
}

const noKeys = [null, null, null, null, null, null];

async function renamingTo(db: Database, change: UserKey & {displayName: string}): Promise<unknown[]> {
  const {name} = (await getUser(db, change)).user;
  return [nameKey(change.displayName), name, ...userKeys({...change, name})];
}

const isAdminStatement = {name: 'is_admin_of', text: 'select is_admin_of($1, $2) as "isAdmin"'};

/** Whether the user administers the tenant. */
export async function isAdmin(db: Database, {tenantId, userId}: UserKey): Promise<boolean> {
  const [row] = await db.query<{isAdmin: boolean}>(isAdminStatement, [tenantId, userId]);
  return row!.isAdmin;
}

const setAdminStatement = {name: 'set_user_admin', text: 'select set_user_admin($1, $2, $3) as answer'};

/** Makes an account an administrator of the tenant, or takes it back. Throws `not_found` for guests and services. */
export async function setAdmin(db: Database, {tenantId, userId}: UserKey, on: boolean): Promise<void> {
  await call(db, setAdminStatement, [tenantId, userId, on]);
}

const signOutEverywhereStatement = acting(
  {name: 'sign_out_everywhere', text: 'select sign_out_everywhere($1, $2, null) as answer'},
  2,
);

/** Ends every session of the user. */
export function signOutEverywhere(
  db: Database,
  {tenantId, userId}: UserKey,
  by?: Acting,
): Promise<{sessionEpoch: number}> {
  return call(db, signOutEverywhereStatement, [tenantId, userId, ...actingValues(by)]);
}

const disableUserStatement = {name: 'disable_user', text: 'select disable_user($1, $2) as answer'};

/** Disables a user until enabled again, and ends their sessions. */
export async function disableUser(db: Database, {tenantId, userId}: UserKey): Promise<void> {
  await call(db, disableUserStatement, [tenantId, userId]);
}

const enableUserStatement = {name: 'enable_user', text: 'select enable_user($1, $2) as answer'};

/** Lets a disabled user sign in again. */
export async function enableUser(db: Database, {tenantId, userId}: UserKey): Promise<void> {
  await call(db, enableUserStatement, [tenantId, userId]);
}

const deleteUserStatement = acting({name: 'delete_user', text: 'select delete_user($1) as answer'}, 1);

/** Marks a user as deleted and ends their sessions; the worker then removes them from their rooms. Safe to repeat. */
export async function deleteUser(db: Database, {userId}: {userId: string}, by?: Acting): Promise<void> {
  await call(db, deleteUserStatement, [userId, ...actingValues(by)]);
}
