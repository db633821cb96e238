/**
 * Signing in and out over HTTP.
 *
 * express-session runs only where a session begins. Every other request is identified without it, by the same code as a
 * handshake. Only a sign-in ever writes a session, so a late save cannot restore one that has ended.
 */
import type {Reserve} from '@madang/redis/reserve';
import type {Identify} from '../../identity/identify.ts';
import type {SessionControl} from '../../identity/session-control.ts';
import {createSessionList} from '../../identity/session-list.ts';
import {hashOf, newSecret} from '../../identity/session-ids.ts';
import type {Node} from '../../node.ts';
import {createAuthenticate} from './authenticate.ts';
import type {Exchange} from './exchange.ts';
import {createExpressSessions, type SessionRedis} from './express-sessions.ts';
import {createListedSessions} from './listed-sessions.ts';
import {createKnownDevices} from './known-devices.ts';
import {createPassport} from './passport.ts';
import {readGuest} from './read-guest.ts';
import {createSignIn} from './sign-in.ts';
import {createSignOut} from './sign-out.ts';

export type Sessions = ReturnType<typeof createSessions>;
export type SessionsNeeds = Pick<Node, 'config' | 'db' | 'limits' | 'passwords' | 'audit' | 'broadcast'>;

export function createSessions(
  node: SessionsNeeds,
  redis: SessionRedis,
  reserve: Reserve,
  identify: Pick<Identify, 'prove' | 'load'>,
) {
  const devices = createKnownDevices(node.config);
  const passport = createPassport(node, devices);
  const sessions = createExpressSessions(node.config, redis, reserve);
  const list = createSessionList(node.db, redis, node.config);
  const signOut = createSignOut(node, redis, identify, list);
  const signIn = createSignIn({node, redis, sessions, passport, devices, signOut, list});
  const listed = createListedSessions(list, signOut);
  const authenticate = createAuthenticate(node, passport);

  return {
    /** What a handler may do with the session of this request. */
    controlOf(exchange: Exchange): SessionControl {
      const secret = newSecret();
      return {
        seed: hashOf(secret),
        prepare: (by) => signIn.prepare(exchange, by),
        authenticate: () => authenticate(exchange),
        guest: () => readGuest(exchange, identify),
        signIn: (user, by) => signIn.byCookie(exchange, user, {by, secret}),
        signInByToken: (user, by) => signIn.byToken(exchange, user, {by, secret}),
        signOut: (options) => signOut.signOut(exchange, options),
        list: (userId) => listed.list(exchange, userId),
        end: (userId, sessionHash) => listed.end(exchange, userId, sessionHash),
        forgetList: list.forgetAll,
        forgetCookie: () => signOut.forgetCookie(exchange),
      };
    },
  };
}
