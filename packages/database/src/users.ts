import {acting, actingValues, type Acting} from './audit.ts';
import {ChatError} from '@madang/protocol/errors';
import type {User} from '@madang/protocol/users';
import {decodeCursor, encodeCursor} from './cursors.ts';
import {newId} from './ids.ts';
import {call, type Database} from './pool.ts';

/** A user as the server knows them; only `user` is fit for others' eyes. */
export type StoredUser = {
  user: User;
  tenantId: string;
  sessionEpoch: number;
  passwordHash?: string;
  disabledAt?: string;
  deletedAt?: string;
};

/** Between a name's key and the product's own id of that user. No name has it, so neither is taken for the other. */
const idSeparator = '\u0001';

/** The form in which names are equal: compatibility forms, case and the width of spaces do not tell two names apart. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').replace(/\s+/g, ' ').toLowerCase();
}

const insertAccountStatement = {
  name: 'insert_account',
  text: 'select insert_account($1, $2, $3, $4, $5, $6, $7, $8) as answer',
};

/** Registers an account, a member of `general` from now on. Throws `conflict` when the name is taken. */
export function insertAccount(
  db: Database,
  account: {tenantId: string; name: string; passwordHash: string; displayName?: string; color: string},
): Promise<StoredUser> {
  const {tenantId, name, passwordHash, displayName, color} = account;
  const shownKey = nameKey(displayName ?? name);
  return call(db, insertAccountStatement, [
    newId(),
    tenantId,
    name,
    nameKey(name),
    displayName,
    shownKey,
    passwordHash,
    color,
  ]);
}

type NewUser = {tenantId: string; name: string; color: string};

const insertGuestStatement = {
  name: 'insert_guest',
  text: 'select insert_guest($1, $2, $3, $4, $5) as answer',
};

/** Makes a guest. Throws `conflict` when an account bears that name: guests may share names only with guests. */
export function insertGuest(db: Database, {tenantId, name, color}: NewUser): Promise<StoredUser> {
  return call(db, insertGuestStatement, [newId(), tenantId, name, nameKey(name), color]);
}

const insertServiceStatement = {
  name: 'insert_service',
  text: 'select insert_service($1, $2, $3, $4, $5) as answer',
};

/** Makes the user as which a backend acts. Throws `conflict` when the name is taken. */
export function insertService(db: Database, {tenantId, name, color}: NewUser): Promise<StoredUser> {
  return call(db, insertServiceStatement, [newId(), tenantId, name, nameKey(name), color]);
}

export type ExternalUser = {
  tenantId: string;
  externalId: string;
  name: string;
  displayName?: string;
  color?: string;
  /** For a new user that is given none. */
  defaultColor: string;
};

const putUserStatement = {
  name: 'put_user',
  text: 'select put_user($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as answer',
};

/**
 * Makes or updates the user that a product knows by its own id; `changed` says that others see a user differently now.
 * What is not given stays. Several may have the same name: nobody signs in by it.
 */
export function putUser(
  db: Database,
  {tenantId, externalId, name, displayName, color, defaultColor}: ExternalUser,
): Promise<{user: User; changed: boolean}> {
  const plainKey = nameKey(name);
  return call(db, putUserStatement, [
    newId(),
    tenantId,
    externalId,
    name,
    plainKey + idSeparator + externalId,
    plainKey,
    displayName,
    displayName && nameKey(displayName),
    color,
    defaultColor,
  ]);
}

const findUser = {
  name: 'find_user_by_name',
  text: `
    select stored_user(u) as stored from users u
    where tenant_id = $1 and name_key = $2 and kind <> 'guest' and deleted_at is null and kind = 'account'`,
};

/** Finds the account that signs in with this name, whatever its case. */
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

/** Reads a user of the tenant. Throws `not_found`, also when deleted. */
export async function getUser(db: Database, {tenantId, userId}: UserKey): Promise<StoredUser> {
  const [row] = await db.query<{stored: StoredUser}>(getUserStatement, [tenantId, userId]);
  if (row === undefined) throw new ChatError('not_found');
  return row.stored;
}

const readUsersStatement = {
  name: 'read_users',
  text: `
    select wire_user(u) as user from users u
    where tenant_id = $1 and id = any ($2::uuid[]) and deleted_at is null`,
};

/** Reads those of the users that exist, in no particular order. */
export async function readUsers(
  db: Database,
  {tenantId, userIds}: {tenantId: string; userIds: readonly string[]},
): Promise<User[]> {
  const rows = await db.query<{user: User}>(readUsersStatement, [tenantId, userIds]);
  return rows.map(({user}) => user);
}

// The key of the name alone, without a product's own id: `next` shows it to whoever pages.
const listUsersStatement = {
  name: 'list_users',
  text: `
    select wire_user(u) as user, split_part(name_key, chr(1), 1) as key from users u
    where tenant_id = $1 and deleted_at is null
      and ($2::uuid[] is null or id = any ($2))
      and ($3::text is null or position($3 in split_part(name_key, chr(1), 1)) > 0 or position($3 in shown_key) > 0)
      and ($4::text is null or (split_part(name_key, chr(1), 1), id) > ($4, $5::uuid))
    order by split_part(name_key, chr(1), 1), id
    limit $6 + 1`,
};

/** Lists users by name; `query` is looked for anywhere in the name and the shown name. */
export async function listUsers(
  db: Database,
  page: {tenantId: string; query?: string; userIds?: readonly string[]; after?: string; limit: number},
): Promise<{users: User[]; next?: string}> {
  const {tenantId, query, userIds, after, limit} = page;
  const [key, id] = after === undefined ? [] : decodeCursor(after, 2);
  const rows = await db.query<{user: User; key: string}>(listUsersStatement, [
    tenantId,
    userIds,
    query && nameKey(query),
    key,
    id,
    limit,
  ]);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    users: shown.map(({user}) => user),
    ...(hasMore ? {next: encodeCursor([last.key, last.user.id])} : {}),
  };
}

const updateUserStatement = {name: 'update_user', text: 'select update_user($1, $2, $3, $4) as answer'};

/** Changes how a user is shown. Throws `conflict` when a guest would take an account's name. */
export function updateUser(
  db: Database,
  change: UserKey & {displayName?: string; color?: string; avatarId?: string},
): Promise<User> {
  const {tenantId, userId, ...patch} = change;
  const shownKey = patch.displayName === undefined ? undefined : nameKey(patch.displayName);
  return call(db, updateUserStatement, [tenantId, userId, JSON.stringify(patch), shownKey]);
}

const changePasswordStatement = acting(
  {name: 'change_own_password', text: 'select change_own_password($1, $2, $3, $4) as answer'},
  4,
);

/** Sets a new password and ends every session of the user but the one with `keepSessionHash`. */
export function changePassword(
  db: Database,
  {
    tenantId,
    userId,
    passwordHash,
    keepSessionHash,
  }: UserKey & {passwordHash: string; keepSessionHash?: string},
  by?: Acting,
): Promise<{sessionEpoch: number}> {
  const values = [tenantId, userId, passwordHash, keepSessionHash, ...actingValues(by)];
  return call(db, changePasswordStatement, values);
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

/** Shuts a user out until enabled again, and ends their sessions. */
export async function disableUser(db: Database, {tenantId, userId}: UserKey): Promise<void> {
  await call(db, disableUserStatement, [tenantId, userId]);
}

const enableUserStatement = {name: 'enable_user', text: 'select enable_user($1, $2) as answer'};

/** Lets a disabled user sign in again. */
export async function enableUser(db: Database, {tenantId, userId}: UserKey): Promise<void> {
  await call(db, enableUserStatement, [tenantId, userId]);
}

const deleteUserStatement = {name: 'delete_user', text: 'select delete_user($1) as answer'};

/** Marks a user as gone and ends their sessions; the worker then removes them from their rooms. Safe to repeat. */
export async function deleteUser(db: Database, {userId}: {userId: string}): Promise<void> {
  await call(db, deleteUserStatement, [userId]);
}
