/** Begins sessions: with a cookie by express-session, or with a token that an app keeps. */
import {ChatError} from '@madang/protocol/errors';
import type {Request} from 'express';
import {noteSignIn} from '../../audit/sign-in-audit.ts';
import type {SignInBy, SigningIn} from '../../identity/session-control.ts';
import {newSessionId, parseSessionId, tokenOf} from '../../identity/session-ids.ts';
import type {SessionList} from '../../identity/session-list.ts';
import type {Node} from '../../node.ts';
import {callOf, fromOf, type Exchange} from './exchange.ts';
import type {ExpressSessions, SessionRedis} from './express-sessions.ts';
import type {KnownDevices} from './known-devices.ts';
import type {AppPassport} from './passport.ts';
import type {SignOut} from './sign-out.ts';

export type SignInDeps = {
  node: Pick<Node, 'config' | 'audit'>;
  redis: SessionRedis;
  sessions: ExpressSessions;
  passport: AppPassport;
  devices: KnownDevices;
  signOut: SignOut;
  list: Pick<SessionList, 'note'>;
};

/** How the user proved their identity, and the secret part of the session's id. */
type Begun = {by: SignInBy; secret: string};

export function createSignIn({node, redis, sessions, passport, devices, signOut, list}: SignInDeps) {
  const {config, audit} = node;

  function idFor({user, sessionEpoch: epoch, keyId}: SigningIn, secret: string): string {
    const named = config.SESSION_ID_FORMAT === 2 && keyId !== undefined ? {ticketKeyId: keyId} : {};
    return newSessionId({userId: user.id, epoch, ...named}, secret);
  }

  /** A guest has one session, which is in no list. */
  async function note({req}: Exchange, {user}: SigningIn, id: string): Promise<void> {
    const session = parseSessionId(id);
    if (session && user.kind !== 'guest') await list.note(session, fromOf(req));
  }

  return {
    async prepare({credential}: Exchange, by: 'cookie' | 'token'): Promise<void> {
      if (by === 'cookie' && (credential?.from === 'token' || credential?.from === 'jwt')) {
        throw new ChatError('invalid', {message: 'Sign in without a token: this sets a cookie.'});
      }
      try {
        await redis.sessions.ping();
      } catch (cause) {
        throw new ChatError('unavailable', {cause});
      }
    },

    async byCookie(exchange: Exchange, stored: SigningIn, {by, secret}: Begun): Promise<void> {
      const {req, res} = exchange;
      try {
        await sessions.begin(req, res);
        await signOut.endPrevious(exchange);
        const id = idFor(stored, secret);
        req.nextSessionId = id;
        await passport.login(req, res, stored);
        await note(exchange, stored, id);
        if (stored.passwordHash !== undefined) devices.remember(req.headers, res, stored.user.id);
        noteSignIn(audit, callOf(req), stored, by);
      } catch (cause) {
        // Otherwise express-session would set a cookie for a session that was not stored.
        delete (req as Partial<Request>).session;
        throw cause instanceof ChatError ? cause : new ChatError('unavailable', {cause});
      }
    },

    /** Stores the record as passport would, but without express-session, which would set a cookie. */
    async byToken(exchange: Exchange, stored: SigningIn, {by, secret}: Begun): Promise<string> {
      await signOut.endPrevious(exchange);
      signOut.forgetCookie(exchange);
      const id = idFor(stored, secret);
      try {
        await sessions.store.set(id, {passport: {user: stored.user.id}, createdAt: Date.now()});
      } catch (cause) {
        throw new ChatError('unavailable', {cause});
      }
      await note(exchange, stored, id);
      noteSignIn(audit, callOf(exchange.req), stored, by);
      return tokenOf(id, config.SESSION_SECRET);
    },
  };
}
