/** Users that a product knows by its own ids. */
import type {User} from '@madang/protocol/users';
import {call, type Database} from '../connections/pool.ts';
import {newId} from '../ids.ts';
import {writeGivenKeys} from '../names/name-keys.ts';
import {nameKey} from './users.ts';

export type ExternalUser = {
  externalId: string;
  name: string;
  displayName?: string;
  color?: string;
  /** For a new user who has no colour. */
  defaultColor: string;
  /** A token names the user. A deleted user is not created again: then this throws `conflict`. */
  byToken?: boolean;
  /** The product's own JSON object. */
  data?: Record<string, unknown>;
};

/** `changed`: the user is different now. */
export type PutResult = {user: User; created: boolean; changed: boolean};

/** Separates a name's key from the product's own id of that user. No name contains it, so they cannot be confused. */
const idSeparator = '\u0001';

const putUsersStatement = {name: 'put_users', text: 'select put_users($1, $2) as answer'};

/**
 * Creates or updates users, all or none, and answers in the order given; no two have the same externalId. Fields that
 * are missing stay unchanged, so repeating it changes nothing. Several users may have the same or a similar name:
 * nobody signs in with it, and the product knows its users. Throws `conflict` if one is being deleted at this moment.
 */
export async function putUsers(
  db: Database,
  tenantId: string,
  users: readonly ExternalUser[],
): Promise<PutResult[]> {
  const results = await call<PutResult[]>(db, putUsersStatement, [
    tenantId,
    JSON.stringify(users.map(toRow)),
  ]);
  const renamed = results.filter(({created, changed}) => created || changed);
  if (renamed.length > 0) {
    const keyed = renamed.map(({user: {id, name, displayName}}) => ({id, tenantId, name, displayName}));
    await writeGivenKeys(db, keyed);
  }
  return results;
}

/** putUsers for one user. */
export async function putUser(
  db: Database,
  {tenantId, ...user}: ExternalUser & {tenantId: string},
): Promise<PutResult> {
  const [result] = await putUsers(db, tenantId, [user]);
  return result!;
}

function toRow(user: ExternalUser) {
  const {name, externalId, displayName} = user;
  const plainKey = nameKey(name);
  return {
    ...user,
    id: newId(),
    nameKey: plainKey + idSeparator + externalId,
    plainKey,
    shownKey: displayName === undefined ? undefined : nameKey(displayName),
  };
}
