/** What a product's server, or an operator, does to users. Each act writes an audit line, and may be repeated. */
import type {UserRef} from '@madang/protocol/user-refs';
import type {User} from '@madang/protocol/users';
import {call, type Database} from '../connections/pool.ts';
import {acting, actingValues, type Acting} from '../operator/audit.ts';

/** The affected user, and the service that acts; undefined for an operator. */
export type PersonAct = {tenantId: string; userId: string; actorId?: string};

export type Administer = (db: Database, act: PersonAct, by?: Acting) => Promise<User>;

/** Disables a user and ends their sessions. Throws `forbidden` for services, as the others do. */
export const disablePerson = administers('disable_person');
/** Lets a disabled user sign in again. */
export const enablePerson = administers('enable_person');
/** Ends every session of the user. */
export const signOutPerson = administers('sign_out_person');

function administers(name: string): Administer {
  const statement = acting({name, text: `select ${name}($1, $2, $3) as answer`}, 3);
  return async (db, {tenantId, actorId, userId}, by) => {
    const {user} = await call<{user: User}>(db, statement, [tenantId, actorId, userId, ...actingValues(by)]);
    return user;
  };
}

const deleteStatement = acting(
  {name: 'delete_person', text: 'select delete_person($1, $2, $3, $4, $5) as answer'},
  5,
);

export type Deletion = {userId: string; messages: 'erase' | 'keep'};

/**
 * Deletes a user at once as far as anybody can see, and has the worker erase the rest. Also throws `not_found` for an
 * own id whose erasure is finished.
 */
export function deletePerson(
  db: Database,
  person: {tenantId: string; ref: UserRef; actorId?: string; messages: 'erase' | 'keep'},
  by?: Acting,
): Promise<Deletion> {
  const {tenantId, ref, actorId, messages} = person;
  const [id, externalId] = 'id' in ref ? [ref.id] : [undefined, ref.externalId];
  const values = [tenantId, actorId, id, externalId, messages === 'keep'];
  return call(db, deleteStatement, [...values, ...actingValues(by, {messages})]);
}

/** What was erased for a deleted user; the erasure runs until `finishedAt`. */
export type Erasure = {
  userId: string;
  /** The product's own id, while the erasure runs. */
  externalId?: string;
  messages: 'erase' | 'keep';
  counts: Record<string, number>;
  requestedAt: string;
  finishedAt?: string;
};

const listStatement = {
  name: '',
  text: `
    select json_strip_nulls(json_build_object('userId', user_id, 'externalId', external_id,
      'messages', case when keep_messages then 'keep' else 'erase' end, 'counts', counts,
      'requestedAt', wire_time(requested_at), 'finishedAt', wire_time(finished_at))) as erasure
    from erasures
    where tenant_id = $1 and ($2::uuid is null or user_id = $2)
    order by requested_at desc, user_id
    limit $3`,
};

/** Lists erasures of a tenant, newest first, or the erasure of one user. */
export async function listErasures(
  db: Database,
  {tenantId, userId, limit}: {tenantId: string; userId?: string; limit: number},
): Promise<Erasure[]> {
  const rows = await db.query<{erasure: Erasure}>(listStatement, [tenantId, userId, limit]);
  return rows.map(({erasure}) => erasure);
}
