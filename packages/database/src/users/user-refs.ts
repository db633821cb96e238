/** Finds users by the ids that a product's server uses. */
import type {UserRef} from '@madang/protocol/user-refs';
import {ChatError} from '@madang/protocol/errors';
import type {Database} from '../connections/pool.ts';

// By lists, not by a look-up for each user: the planner may take an index of the tenant for those, which reads the whole
// tenant each time.
const resolve = {
  name: 'resolve_users',
  text: `
    select id, external_id as "externalId" from users
    where tenant_id = $1 and id = any ($2::uuid[]) and deleted_at is null
    union all
    select id, external_id from users
    where tenant_id = $1 and external_id = any ($3::text[]) and deleted_at is null`,
};

/** The ids of these users, in the order given; undefined for each user whom the tenant does not have. */
export async function resolveUsers(
  db: Database,
  tenantId: string,
  refs: readonly UserRef[],
): Promise<(string | undefined)[]> {
  const ids = refs.flatMap((ref) => ('id' in ref ? [ref.id] : []));
  const externalIds = refs.flatMap((ref) => ('externalId' in ref ? [ref.externalId] : []));
  const rows = await db.query<{id: string; externalId: string | null}>(resolve, [tenantId, ids, externalIds]);
  const known = new Set(rows.map(({id}) => id));
  const byExternalId = new Map(rows.map(({id, externalId}) => [externalId, id]));
  return refs.map((ref) => {
    if ('externalId' in ref) return byExternalId.get(ref.externalId);
    return known.has(ref.id) ? ref.id : undefined;
  });
}

/** The id of this user. Throws `not_found`, also for a deleted user. */
export async function resolveUser(db: Database, tenantId: string, ref: UserRef): Promise<string> {
  const [id] = await resolveUsers(db, tenantId, [ref]);
  if (id !== undefined) return id;
  const name = 'id' in ref ? `id:${ref.id}` : ref.externalId;
  throw new ChatError('not_found', {message: `There is no user ${JSON.stringify(name)} in this tenant.`});
}
