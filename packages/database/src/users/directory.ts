/** Finding users by name. The statements have no names, so that Postgres plans each for its own query. */
import type {User} from '@madang/protocol/users';
import {decodeCursor, encodeCursor} from '../cursors.ts';
import type {Database} from '../connections/pool.ts';
import {queryKeys} from '../names/search-keys.ts';
import {nameKey} from './users.ts';

// The key of the name alone, without the product's own id: everyone who pages sees it in `next`.
const plainKey = 'split_part(u.name_key, chr(1), 1)';
/** The rule of the last release without keys, for users whose keys have not been made yet. */
export const fitsByOldRule = (query: string) =>
  `(position(${query} in ${plainKey}) > 0 or position(${query} in u.shown_key) > 0)`;

/** Services get complete users. */
const asListed = (isService: string) =>
  `case when ${isService} then wire_whole_user(u) else wire_listed_user(u) end`;

const listWhere = (condition: string) => ({
  name: '',
  text: `
    select ${asListed('$5')} as user, ${plainKey} as key from users u
    where tenant_id = $1 and deleted_at is null and ${condition}
      and ($5 or kind <> 'service')
      and ($3::text is null or (${plainKey}, id) > ($3, $4::uuid))
    order by ${plainKey}, id
    limit $2 + 1`,
});
const listAll = listWhere('true');
const listEnabled = listWhere('disabled_at is null');
/** With the exact condition of its index. */
const listDisabled = listWhere('disabled_at is not null');

/**
 * One index finds the users that match every piece of the query, another yields users in list order. Which is cheaper
 * depends on the number of matches, which the planner estimates.
 */
export const searchStatement = {
  name: '',
  text: `
    select ${asListed('$5')} as user, found.key from (
      (select s.user_id, s.name_key as key from user_search s
        where s.tenant_id = $1 and s.grams @> $7::int[] and position($6 in s.text) > 0
          and ($5 or not s.is_service)
          and ($9::boolean is null or exists (
            select from users d where d.id = s.user_id and (d.disabled_at is not null) = $9))
          and ($3::text is null or (s.name_key, s.user_id) > ($3, $4::uuid))
        order by s.name_key, s.user_id
        limit $2 + 1)
      union all
      (select u.id, ${plainKey} from users u
        where u.tenant_id = $1 and u.keys_stale and u.deleted_at is null and ${fitsByOldRule('$8')}
          and ($5 or u.kind <> 'service')
          and ($9::boolean is null or (u.disabled_at is not null) = $9)
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
    select ${asListed('$5')} as user, ${plainKey} as key
    from users u left join user_search s on s.user_id = u.id
    where u.tenant_id = $1 and u.deleted_at is null
      and u.id in (
        select unnest($6::uuid[])
        union all
        select id from users where tenant_id = $1 and deleted_at is null and external_id = any ($7::text[]))
      and ($5 or u.kind <> 'service')
      and ($8::text is null
        or case when u.keys_stale then ${fitsByOldRule('$9')} else position($8 in s.text) > 0 end)
      and ($10::boolean is null or (u.disabled_at is not null) = $10)
      and ($11::uuid is null or u.id = $11 or do_meet($11, u.id))
      and ($3::text is null or (${plainKey}, u.id) > ($3, $4::uuid))
    order by ${plainKey}, u.id
    limit $2 + 1`,
};

type Row = {user: User; key: string};
type Page = {users: User[]; next?: string};

export type DirectoryPage = {
  tenantId: string;
  query?: string;
  after?: string;
  limit: number;
  /** Services get complete users, and see services, which are not people. */
  isService?: boolean;
  /** Only disabled users, or only others. */
  disabled?: boolean;
};

/**
 * Lists users by name; `query` may match anywhere in the name and the shown name, ignoring case, accents, width and
 * normal form. Throws `invalid` for a query that is too short.
 */
export async function listUsers(db: Database, page: DirectoryPage): Promise<Page> {
  const {tenantId, query, disabled} = page;
  const values = pageValues(page);
  if (query === undefined) {
    const statement = disabled === undefined ? listAll : disabled ? listDisabled : listEnabled;
    return pageOf(await db.query<Row>(statement, values), page);
  }
  const {text, grams} = queryKeys(tenantId, query);
  const rows = await db.query<Row>(searchStatement, [...values, text, grams, nameKey(query), disabled]);
  return pageOf(rows, page);
}

/** Users by their ids, or by the product's own. */
export type Among = {
  ids?: readonly string[];
  externalIds?: readonly string[];
  /** Only this user, and users who share a room with them that is no default room. */
  metBy?: string;
};

/** Those of these users whom listUsers would show. */
export async function listUsersAmong(
  db: Database,
  page: DirectoryPage,
  {ids = [], externalIds = [], metBy}: Among,
): Promise<Page> {
  const {tenantId, query, disabled} = page;
  const text = query === undefined ? undefined : queryKeys(tenantId, query).text;
  const among = [ids, externalIds, text, query && nameKey(query), disabled, metBy];
  return pageOf(await db.query<Row>(listAmong, [...pageValues(page), ...among]), page);
}

function pageValues({tenantId, after, limit, isService = false}: DirectoryPage): unknown[] {
  const [key, id] = after === undefined ? [] : decodeCursor(after, 2);
  return [tenantId, limit, key, id, isService];
}

function pageOf(rows: Row[], {limit}: DirectoryPage): Page {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return {
    users: shown.map(({user}) => user),
    ...(hasMore ? {next: encodeCursor([last.key, last.user.id])} : {}),
  };
}
