/** Finds users by the ids that a product's server uses. */
import type {UserRef} from '@madang/protocol/user-refs';
import {ChatError} from '@madang/protocol/errors';
import type {Database} from '../connections/pool.ts';

const resolve = {
  name: 'resolve_users',
  text: `
    select u.id from unnest($2::uuid[], $3::text[]) with ordinality as ref (id, external_id, no)
    left join lateral (
      select id from users where tenant_id = $1 and id = ref.id and deleted_at is null
      union all
      select id from users where tenant_id = $1 and external_id = ref.external_id and deleted_at is null
    ) u on true
    order by ref.no`,
};

/** The ids of these users, in the order given; undefined for each user whom the tenant does not have. */
export async function resolveUsers(
  db: Database,
  tenantId: string,
  refs: readonly UserRef[],
): Promise<(string | undefined)[]> {
  const ids = refs.map((ref) => ('id' in ref ? ref.id : null));
  const externalIds = refs.map((ref) => ('externalId' in ref ? ref.externalId : null));
  const rows = await db.query<{id: string | null}>(resolve, [tenantId, ids, externalIds]);
  return rows.map(({id}) => id ?? undefined);
}

/** The id of this user. Throws `not_found`, also for a deleted user. */
export async function resolveUser(db: Database, tenantId: string, ref: UserRef): Promise<string> {
  const [id] = await resolveUsers(db, tenantId, [ref]);
  if (id !== undefined) return id;
  const name = 'id' in ref ? `id:${ref.id}` : ref.externalId;
  throw new ChatError('not_found', {message: `There is no user ${JSON.stringify(name)} in this tenant.`});
}
