import type {User} from '@madang/protocol/users';
import {ChatError} from '@madang/protocol/errors';
import {call, type Database} from '../connections/pool.ts';
import {putUser} from '../users/external-users.ts';

/** The claims of a verified JWT: `tokenHash` identifies it, `issuedAt` is in seconds since 1970. */
export type TokenClaims = {
  tenantId: string;
  tokenHash: string;
  issuedAt: number;
  externalId: string;
  name?: string;
  displayName?: string;
};
export type TokenUser = {user: User; tenantId: string; sessionEpoch: number};

type Found = (TokenUser & {isBehind: boolean}) | {user?: undefined} | null;

const findStatement = {
  name: 'find_token_user',
  text: 'select find_token_user($1, $2, $3, $4, $5, $6) as answer',
};
const noteStatement = {name: 'note_claims', text: 'select note_claims($1, $2, $3)'};

/**
 * Finds the user of a verified JWT. Creates an unknown user, and takes over names from a token that is newer than they
 * are. Undefined if the token or its user was signed out, or the user is disabled or was deleted: only the product can
 * create a deleted user again.
 */
export async function signInByClaims(
  db: Database,
  claims: TokenClaims & {byDefault: () => {name: string; color: string}},
): Promise<TokenUser | undefined> {
  const {tenantId, externalId, issuedAt, displayName, byDefault} = claims;
  const found = await find(db, claims);
  if (!found) return undefined;
  if (found.user && !found.isBehind) return found;
  const {name: otherName, color} = byDefault();
  const name = claims.name ?? found.user?.name ?? otherName;
  const shown = displayName === undefined ? {} : {displayName};
  const isPut = await putUser(db, {
    tenantId,
    externalId,
    name,
    ...shown,
    defaultColor: color,
    byToken: true,
  }).then(() => true, orDeleted);
  if (!isPut) return undefined;
  await db.query(noteStatement, [tenantId, externalId, issuedAt]);
  const now = await find(db, claims);
  return now?.user ? now : undefined;
}

function find(db: Database, {tenantId, externalId, tokenHash, issuedAt, name, displayName}: TokenClaims) {
  return call<Found>(db, findStatement, [tenantId, externalId, tokenHash, issuedAt, name, displayName]);
}

/** The user was deleted meanwhile, so nothing was written. */
function orDeleted(error: unknown): false {
  if (error instanceof ChatError && error.code === 'conflict') return false;
  throw error;
}
