/** The keys that find users, and that tell apart names that look alike. */
import {ChatError} from '@madang/protocol/errors';
import type {User} from '@madang/protocol/users';
import {call, type Database} from '../connections/pool.ts';
import {searchKeys} from './search-keys.ts';
import {skeleton} from './skeletons.ts';

export type Named = {tenantId: string; name: string; displayName?: string};

/** In the order of set_user_keys: the skeletons of the sign-in name and of the shown one, the text and its grams. */
export function userKeys({tenantId, name, displayName}: Named): [string, string, string, string] {
  const {text, grams} = searchKeys(tenantId, displayName === undefined ? [name] : [name, displayName]);
  return [skeleton(name), skeleton(displayName ?? name), text, grams];
}

const writeStatement = {
  name: 'set_user_keys',
  text: 'select to_json(set_user_keys($1, $2, $3, $4, $5, $6, $7::int[], $8)) as answer',
};

/**
 * Writes the keys of a user whose name was given by a product, a provider or an operator. The user is already stored.
 * So if Postgres is too busy for the keys, the call has still succeeded, and the worker makes them.
 */
export async function writeUserKeys(
  db: Database,
  tenantId: string,
  {id, name, displayName}: User,
): Promise<void> {
  const keys = userKeys({tenantId, name, displayName});
  try {
    await call(db, writeStatement, [id, name, displayName, ...keys, false]);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
  }
}

/** Users whose name was given, or whose keys are stale. */
type UserToKey = {id: string; tenantId: string; name: string; displayName?: string | null | undefined};

const listStale = {
  name: 'list_stale_users',
  text: `
    select id, tenant_id as "tenantId", name, display_name as "displayName" from users
    where keys_stale and deleted_at is null limit $1`,
};
const writeAll = {
  name: 'set_all_user_keys',
  text: `
    select set_user_keys(id, name, display_name, name_skeleton, shown_skeleton, words, grams::int[], $8)
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
      as k (id, name, display_name, name_skeleton, shown_skeleton, words, grams)`,
};

/** Makes the keys of users who have none: an older release wrote or renamed them. Returns how many it checked. */
export async function keepUserKeys(db: Database, {limit}: {limit: number}): Promise<number> {
  const users = await db.query<UserToKey>(listStale, [limit]);
  if (users.length === 0) return 0;
  await writeAllKeys(db, users, null);
  return users.length;
}

/** writeUserKeys for many users. */
export async function writeGivenKeys(db: Database, users: readonly UserToKey[]): Promise<void> {
  try {
    await writeAllKeys(db, users, false);
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
  }
}

/** `isChosen`: whether they chose the shown name themselves; null leaves the stored value unchanged. */
async function writeAllKeys(
  db: Database,
  users: readonly UserToKey[],
  isChosen: boolean | null,
): Promise<void> {
  const keys = users.map(({tenantId, name, displayName}) =>
    userKeys({tenantId, name, displayName: displayName ?? undefined}),
  );
  await db.query(writeAll, [
    users.map(({id}) => id),
    users.map(({name}) => name),
    users.map(({displayName}) => displayName ?? null),
    ...[0, 1, 2, 3].map((column) => keys.map((key) => key[column])),
    isChosen,
  ]);
}
