/**
 * Ends sessions and JWTs. This needs neither Redis nor a broadcast: a session's id names its user, Postgres knows
 * whether the session is still valid, and every node finds the signal.
 */
import {checkSession, signOutSession} from '@madang/database/access/sessions';
import type {Acting} from '@madang/database/operator/audit';
import {signOutEverywhere} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import type {Request} from 'express';
import type {Credential, SessionCredential} from '../../identity/credentials.ts';
import type {Identify} from '../../identity/identify.ts';
import {sessionCookie} from '../../identity/session-cookie.ts';
import type {SessionList} from '../../identity/session-list.ts';
import type {Node} from '../../node.ts';
import {callOf, type Exchange} from './exchange.ts';
import type {SessionRedis} from './express-sessions.ts';

/** A sign-out ends a session, or a JWT identified by its hash. */
type Ended = {userId: string; sessionHash: string};

export type SignOut = ReturnType<typeof createSignOut>;

export function createSignOut(
  {config, db, broadcast}: Pick<Node, 'config' | 'db' | 'broadcast'>,
  redis: SessionRedis,
  identify: Pick<Identify, 'prove' | 'load'>,
  list: Pick<SessionList, 'forget'>,
) {
  const {name, flags} = sessionCookie(config);

  async function signOut(exchange: Exchange, options: {everywhere: boolean}): Promise<void> {
    const {req, credential} = exchange;
    if (credential?.from === 'key') {
      throw new ChatError('forbidden', {message: 'A service key is revoked, not signed out.'});
    }
    const found =
      credential?.from === 'jwt' ? await findToken(req, credential) : await findSession(req, credential);
    forgetCookie(exchange);
    if (!found) throw new ChatError('unauthenticated');
    await end(found, {...options, ...callOf(req)});
  }

  async function findSession(
    {tenantId}: Request,
    credential: SessionCredential | undefined,
  ): Promise<Ended | undefined> {
    const found = credential && (await checkSession(db, credential));
    return found?.tenantId === tenantId ? credential : undefined;
  }

  async function findToken(req: Request, credential: Credential): Promise<Ended | undefined> {
    const proven = await identify.prove(credential, req.tenantId);
    const found = await identify.load(proven, req.tenantId, 'http');
    return found && {userId: found.user.id, sessionHash: found.sessionHash};
  }

  async function end(
    {userId, sessionHash}: Ended,
    {everywhere, tenantId, ...by}: {everywhere: boolean; tenantId: string} & Acting,
  ): Promise<void> {
    if (everywhere) {
      await signOutEverywhere(db, {tenantId, userId}, by);
      broadcast.signal({kind: 'user', userId});
    } else {
      await signOutSession(db, {sessionHash, userId});
      broadcast.signal({kind: 'session', userId, sessionHash});
    }
    // The session has ended in Postgres; its record would only take up memory until it expires.
    redis.sessions.del(redis.keys.sessions + sessionHash).catch(() => undefined);
    void list.forget(userId, sessionHash);
  }

  function forgetCookie({res, credential}: Exchange): void {
    if (credential?.from === 'cookie') res.clearCookie(name, flags);
  }

  return {
    signOut,
    forgetCookie,
    /** Ends one session of a user who has it. */
    async endOne({req}: Exchange, ended: Ended): Promise<void> {
      await end(ended, {everywhere: false, ...callOf(req)});
    },
    /** Ends the previous session of a request that begins another one. */
    async endPrevious({req, credential}: Exchange): Promise<void> {
      if (credential?.from === 'cookie' || credential?.from === 'token')
        await end(credential, {everywhere: false, ...callOf(req)});
    },
  };
}
