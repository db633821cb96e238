/** Finding users by name. The statements have no names, so that Postgres plans each for its own query. */
import type {User} from '@madang/protocol/users';
import {decodeCursor, encodeCursor} from '../cursors.ts';
import type {Database} from '../connections/pool.ts';
import {queryKeys} from '../names/search-keys.ts';
import {nameKey} from './users.ts';

// The key of the name alone, without the product's own id: everyone who pages sees it in `next`.
const plainKey = 'split_part(u.name_key, chr(1), 1)';
/** The rule of the release before keys, for users whose keys have not been made yet. */
export const fitsByOldRule = (query: string) =>
  `(position(${query} in ${plainKey}) > 0 or position(${query} in u.shown_key) > 0)`;

/** Services get all of a user. */
const asListed = (isService: string) =>
  `case when ${isService} then wire_whole_user(u) else wire_listed_user(u) end`;

const listAll = {
  name: '',
  text: `
    select ${asListed('$5')} as user, ${plainKey} as key from users u
    where tenant_id = $1 and deleted_at is null
      and ($5 or kind <> 'service')
      and ($3::text is null or (${plainKey}, id) > ($3, $4::uuid))
    order by ${plainKey}, id
    limit $2 + 1`,
};

/**
 * One index finds the users that match every piece of the query, another yields users in list order. Which is cheaper depends
 * on the number of matches, which the planner estimates.
 */
export const searchStatement = {
  name: '',
  text: `
    select ${asListed('$5')} as user, found.key from (
      (select s.user_id, s.name_key as key from user_search s
        where s.tenant_id = $1 and s.grams @> $7::int[] and position($6 in s.text) > 0
          and ($5 or not s.is_service)
          and ($3::text is null or (s.name_key, s.user_id) > ($3, $4::uuid))
        order by s.name_key, s.user_id
        limit $2 + 1)
      union all
      (select u.id, ${plainKey} from users u
        where u.tenant_id = $1 and u.keys_stale and u.deleted_at is null and ${fitsByOldRule('$8')}
          and ($5 or u.kind <> 'service')
          and ($3::text is null or (${plainKey}, u.id) > ($3, $4::uuid))
        order by 2, 1
        limit $2 + 1)
    ) found join users u on u.id = found.user_id
    where u.deleted_at is null
    order by found.key, u.id
    limit $2 + 1`,
};

const listAmong = {
  name: '',
  text: `
    select ${asListed('$3')} as user from users u left join user_search s on s.user_id = u.id
    where u.tenant_id = $1 and u.id = any ($2::uuid[]) and u.deleted_at is null
      and ($3 or u.kind <> 'service')
      and ($4::text is null
        or case when u.keys_stale then ${fitsByOldRule('$5')} else position($4 in s.text) > 0 end)
    order by ${plainKey}, u.id`,
};

type Row = {user: User; key: string};

export type DirectoryPage = {
  tenantId: string;
  query?: string;
  after?: string;
  limit: number;
  /** Services get whole users, and see services, which are not people. */
  isService?: boolean;
};

/**
 * Lists users by name; `query` is looked for anywhere in the name and the shown name, whatever its case, accents, width
 * and normal form. Throws `invalid` for a query that is too short.
 */
export async function listUsers(
  db: Database,
  {tenantId, query, after, limit, isService = false}: DirectoryPage,
): Promise<{users: User[]; next?: string}> {
  const [key, id] = after === undefined ? [] : decodeCursor(after, 2);
  const values = [tenantId, limit, key, id, isService];
  const keys = query === undefined ? undefined : queryKeys(tenantId, query);
  const rows =
    keys === undefined
      ? await db.query<Row>(listAll, values)
      : await db.query<Row>(searchStatement, [...values, keys.text, keys.grams, nameKey(query!)]);
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    users: shown.map(({user}) => user),
    ...(hasMore ? {next: encodeCursor([last.key, last.user.id])} : {}),
  };
}

/** Those of these users that listUsers would show. */
export async function listUsersAmong(
  db: Database,
  {tenantId, query, isService = false}: Omit<DirectoryPage, 'after' | 'limit'>,
  userIds: readonly string[],
): Promise<User[]> {
  const text = query === undefined ? undefined : queryKeys(tenantId, query).text;
  const values = [tenantId, userIds, isService, text, query && nameKey(query)];
  const rows = await db.query<{user: User}>(listAmong, values);
  return rows.map(({user}) => user);
}
