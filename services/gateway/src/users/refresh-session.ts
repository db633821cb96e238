import {checkSession} from '@madang/database/access/sessions';
import {ChatError} from '@madang/protocol/errors';
import type {RefreshSessionInput, RefreshSessionResult} from '@madang/protocol/users';
import type {Connection, Handler, PersonContext} from '../context.ts';
import {TokenRefused} from '../jwt/verify-token.ts';
import type {TokenIdentity} from '../jwt/tokens.ts';
import {noteRefusedToken, noteTokenUse} from '../sign-in-audit.ts';
import type {UsersNeeds} from './needs.ts';

/** Lets a connection live by another token of its user. One that ends earlier than the one before changes nothing. */
export const refreshSession: Handler<
  PersonContext<UsersNeeds>,
  RefreshSessionInput,
  RefreshSessionResult
> = async (ctx, {token}) => {
  const {node, caller, connection} = ctx;
  if (!connection || caller.expiresAt === undefined) {
    throw new ChatError('invalid', {message: 'This connection has a session, which needs no token.'});
  }
  const next = await identityOf(ctx, token);
  if (next.user.id !== caller.user.id) {
    throw new ChatError('forbidden', {message: 'The token is of another user: open another connection.'});
  }
  const expiresAt = Math.max(next.expiresAt, caller.expiresAt);
  if (expiresAt > caller.expiresAt) await renew(node, connection, next);
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

/** What signs the token out from now on finds the connection by it; what did so before is asked for once more. */
async function renew({db}: UsersNeeds, connection: Connection, next: TokenIdentity): Promise<void> {
  connection.renew(next);
  const {user, sessionHash, epoch} = next;
  if (await checkSession(db, {userId: user.id, sessionHash, epoch})) return;
  connection.end('signed_out');
  throw new ChatError('unauthenticated');
}
