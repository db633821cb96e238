import {checkSession} from '@madang/database/access/sessions';
import {ChatError} from '@madang/protocol/errors';
import type {RefreshSessionInput, RefreshSessionResult} from '@madang/protocol/users';
import type {Connection, Handler, PersonContext} from '../context.ts';
import {TokenRefused} from '../jwt/verify-token.ts';
import type {TokenIdentity} from '../jwt/tokens.ts';
import {noteRefusedToken, noteTokenUse} from '../audit/sign-in-audit.ts';
import type {UsersNeeds} from './needs.ts';

/** Lets a connection live by another token of its user. A token that expires earlier changes nothing. */
export const refreshSession: Handler<
  PersonContext<UsersNeeds>,
  RefreshSessionInput,
  RefreshSessionResult
> = async (ctx, {token}) => {
  const {caller, connection} = ctx;
  if (!connection || caller.expiresAt === undefined) {
    throw new ChatError('invalid', {
      message: 'Only a connection that was opened with a JWT accepts another one.',
    });
  }
  const next = await identityOf(ctx, token);
  if (next.user.id !== caller.user.id) {
    throw new ChatError('forbidden', {
      message: 'The token belongs to another user: open another connection.',
    });
  }
  const expiresAt = Math.max(next.expiresAt, caller.expiresAt);
  if (expiresAt > caller.expiresAt) await renew(ctx, connection, next);
  return {expiresAt: new Date(expiresAt).toISOString()};
};

async function identityOf(
  {node, caller: {tenantId}, address, requestId}: PersonContext<UsersNeeds>,
  token: string,
): Promise<TokenIdentity> {
  const call = {address, requestId};
  try {
    const found = await node.tokens.load(tenantId, await node.tokens.verify(tenantId, token));
    if (!found) throw new ChatError('unauthenticated');
    noteTokenUse(node.audit, found, call);
    return found;
  } catch (error) {
    if (error instanceof TokenRefused) noteRefusedToken(node.audit, error, {...call, tenantId});
    throw error;
  }
}

/**
 * From now on, whatever ends the new token finds the connection by it. Earlier endings are checked once more. If they
 * cannot be checked, the connection ends, and its client comes back with the valid token.
 */
async function renew(
  {node, caller: {tenantId}}: PersonContext<UsersNeeds>,
  connection: Connection,
  next: TokenIdentity,
): Promise<void> {
  connection.renew(next);
  const {user, sessionHash, epoch, token} = next;
  try {
    const isSignedIn = await checkSession(node.db, {userId: user.id, sessionHash, epoch});
    if (isSignedIn && (await node.tokens.isStillTaken({tenantId, token}))) return;
  } catch (cause) {
    connection.end('expired');
    throw new ChatError('unavailable', {cause});
  }
  connection.end('signed_out');
  throw new ChatError('unauthenticated');
}
