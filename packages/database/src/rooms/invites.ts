/** Invites: links into one room. Only hashes of their tokens are stored. */
import type {Invite, ReadInviteResult} from '@madang/protocol/invites';
import type {Frame} from '@madang/protocol/log';
import {hashOfSecret, newSecret} from '../access/secrets.ts';
import {call, type Database} from '../connections/pool.ts';
import {newId} from '../ids.ts';
import {explainName} from '../names/name-refusals.ts';
import {acting, actingValues, type Acting} from '../operator/audit.ts';
import type {UserKey} from '../users/users.ts';
import type {Management} from './membership.ts';
import type {StateRead} from './rooms.ts';

const createStatement = acting(
  {name: 'create_invite', text: 'select create_invite($1, $2, $3, $4, $5, $6) as answer'},
  6,
);

/** Makes an invite; the token is in no other answer. Throws `forbidden` where the room has as many as it may. */
export async function createInvite(
  db: Database,
  {roomId, userId: actorId}: Management,
  {expiresInS, uses}: {expiresInS: number; uses?: number | undefined},
  by?: Acting,
): Promise<{token: string; invite: Invite}> {
  const token = newSecret('mdi_');
  const values = [newId(), roomId, actorId, hashOfSecret(token), expiresInS, uses, ...actingValues(by)];
  const {invite} = await call<{invite: Invite}>(db, createStatement, values);
  return {token, invite};
}

const listStatement = {name: 'list_invites', text: 'select list_invites($1, $2) as answer'};

/** Lists the invites of a room that are good. */
export function listInvites(
  db: Database,
  {roomId, userId: actorId}: Management,
): Promise<{invites: Invite[]}> {
  return call(db, listStatement, [roomId, actorId]);
}

const revokeStatement = acting(
  {name: 'revoke_invite', text: 'select revoke_invite($1, $2, $3) as answer'},
  3,
);

/** Revokes an invite of the room. A repeat changes nothing. */
export async function revokeInvite(
  db: Database,
  {roomId, userId: actorId}: Management,
  {id}: {id: string},
  by?: Acting,
): Promise<void> {
  await call(db, revokeStatement, [roomId, actorId, id, ...actingValues(by)]);
}

const readStatement = {name: 'read_invite', text: 'select read_invite($1, $2) as answer'};

/** Reads where a link leads. Throws `not_found`, or `forbidden` with `details.reason`, if it leads nowhere any more. */
export function readInvite(
  db: Database,
  {tenantId, token}: {tenantId: string; token: string},
): Promise<ReadInviteResult> {
  return call(db, readStatement, [tenantId, hashOfSecret(token)]);
}

const acceptStatement = acting(
  {name: 'accept_invite', text: 'select accept_invite($1, $2, $3) as answer'},
  3,
);

/** Makes the user a member by a link. A member gets the current state, and uses up nothing. Throws as readInvite and joinRoom do. */
export function acceptInvite(
  db: Database,
  {tenantId, userId, token}: UserKey & {token: string},
  by?: Acting,
): Promise<{state: StateRead; joined: boolean; frame?: Frame}> {
  return explainName(call(db, acceptStatement, [tenantId, hashOfSecret(token), userId, ...actingValues(by)]));
}
