/**
 * Signing in and out over HTTP.
 *
 * express-session runs only where a session begins. Every other request is identified without it, by the same code as
 * a handshake: nothing but a sign-in ever writes a session, so none that has ended comes back by being saved late.
 */
import {randomUUID} from 'node:crypto';
import type {Acting} from '@madang/database/operator/audit';
import {checkSession, signOutSession} from '@madang/database/access/sessions';
import {findUserByName, signOutEverywhere, type StoredUser} from '@madang/database/users/users';
import {ChatError} from '@madang/protocol/errors';
import type {RedisClients} from '@madang/redis/clients';
import type {Reserve} from '@madang/redis/reserve';
import type {Request, Response} from 'express';
import session from 'express-session';
import type {Node} from '../node.ts';
import type {SessionControl, SignInBy, SigningIn} from '../identity/session-control.ts';
import type {Credential, SessionCredential} from '../identity/credentials.ts';
import type {Identify} from '../identity/identify.ts';
import {createKnownDevices} from './known-devices.ts';
import {sessionCookie} from '../identity/session-cookie.ts';
import {noteFailedSignIn, noteSignIn} from '../audit/sign-in-audit.ts';
import {hashOf, newSecret, newSessionId, tokenOf} from '../identity/session-ids.ts';
import {createPassport} from './passport.ts';
import {SessionStore} from './session-store.ts';

declare module 'express-session' {
  interface SessionData {
    createdAt: number;
    /** Of a guest that has not opened a socket yet. */
    isUnseen?: boolean;
  }
}
declare global {
  namespace Express {
    interface Request {
      /** The id that the session begun by this request gets. */
      nextSessionId?: string;
    }
  }
}

/** Of which the audit log tells. */
const refusals = new Set(['wrong_password', 'rate_limited', 'forbidden']);

const callOf = ({tenantId, address, requestId}: Request) => ({tenantId, address, requestId});

/** By which proof, and what makes the id that nobody guesses. */
type Begun = {by: SignInBy; secret: string};
/** What a sign-out ends: a session, or a JWT by its hash. */
type Ended = {userId: string; sessionHash: string};
type Exchange = {req: Request; res: Response; credential: Credential | undefined};

export type Sessions = ReturnType<typeof createSessions>;
export type SessionsNeeds = Pick<Node, 'config' | 'db' | 'limits' | 'passwords' | 'audit' | 'broadcast'>;

export function createSessions(
  node: SessionsNeeds,
  redis: Pick<RedisClients, 'sessions' | 'keys'>,
  reserve: Reserve,
  identify: Pick<Identify, 'prove' | 'load'>,
) {
  const {config, db} = node;
  const {name, flags, maxAgeMs} = sessionCookie(config);
  const devices = createKnownDevices(config);
  const passport = createPassport(node, devices);
  const store = new SessionStore(reserve, {
    client: redis.sessions,
    prefix: redis.keys.sessions,
    ttl: ({isUnseen}) => (isUnseen ? config.UNSEEN_GUEST_SECONDS : config.SESSION_IDLE_SECONDS),
  });
  const expressSession = session({
    name,
    secret: config.SESSION_SECRET,
    cookie: {...flags, maxAge: maxAgeMs},
    // The request's session before its sign-in is never saved, so its id does not matter.
    genid: (req) => req.nextSessionId ?? randomUUID(),
    store,
    resave: false,
    saveUninitialized: false,
  });

  async function signIn(exchange: Exchange, stored: SigningIn, {by, secret}: Begun): Promise<void> {
    const {req, res} = exchange;
    // If PUBLIC_URL is https, so is the request, even if the last proxy does not say so; else no cookie would be set.
    if (flags.secure) Object.defineProperty(req, 'secure', {value: true});
    try {
      await begin(req, res);
      await endPrevious(exchange);
      req.nextSessionId = idFor(stored, secret);
      await passport.login(req, res, stored);
      if (stored.passwordHash !== undefined) devices.remember(req.headers, res, stored.user.id);
      noteSignIn(node.audit, callOf(req), stored, by);
    } catch (cause) {
      // Otherwise express-session would set the cookie of a session that was not stored.
      delete (req as Partial<Request>).session;
      throw cause instanceof ChatError ? cause : new ChatError('unavailable', {cause});
    }
  }

  function idFor({user, sessionEpoch: epoch, keyId}: SigningIn, secret: string): string {
    const named = config.SESSION_ID_FORMAT === 2 && keyId !== undefined ? {ticketKeyId: keyId} : {};
    return newSessionId({userId: user.id, epoch, ...named}, secret);
  }

  /** Stores the record that passport would, without express-session, which would set a cookie. */
  async function signInByToken(exchange: Exchange, stored: SigningIn, {by, secret}: Begun): Promise<string> {
    await endPrevious(exchange);
    forgetCookie(exchange);
    const id = idFor(stored, secret);
    try {
      await store.set(id, {passport: {user: stored.user.id}, createdAt: Date.now()});
    } catch (cause) {
      throw new ChatError('unavailable', {cause});
    }
    noteSignIn(node.audit, callOf(exchange.req), stored, by);
    return tokenOf(id, config.SESSION_SECRET);
  }

  /** A refusal is noted here, whatever it was for; who was meant is told by what knows the account. */
  async function authenticate({req, res}: Exchange): Promise<StoredUser> {
    try {
      return await passport.authenticate(req, res);
    } catch (error) {
      const isNoted = error instanceof ChatError && refusals.has(error.code);
      if (isNoted) {
        const failure = {reason: error.code, userId: await meant(req), by: 'password'} as const;
        noteFailedSignIn(node.audit, callOf(req), failure);
      }
      throw error;
    }
  }

  /** The account whose name was given, so that its owner can be told; a name that is none's may be a password. */
  async function meant(req: Request): Promise<string | undefined> {
    const {username} = (req.body ?? {}) as {username?: unknown};
    if (typeof username !== 'string') return undefined;
    const found = await findUserByName(db, {tenantId: req.tenantId, name: username.trim()}).catch(
      () => undefined,
    );
    return found?.user.id;
  }

  async function endPrevious({req, credential}: Exchange): Promise<void> {
    if (credential?.from === 'cookie' || credential?.from === 'token')
      await end(credential, {everywhere: false, ...callOf(req)});
  }

  async function prepare({credential}: Exchange, by: 'cookie' | 'token'): Promise<void> {
    if (by === 'cookie' && (credential?.from === 'token' || credential?.from === 'jwt')) {
      throw new ChatError('invalid', {message: 'Sign in without a token: this sets a cookie.'});
    }
    try {
      await redis.sessions.ping();
    } catch (cause) {
      throw new ChatError('unavailable', {cause});
    }
  }

  function begin(req: Request, res: Response): Promise<void> {
    return new Promise((resolve, reject) => {
      expressSession(req, res, (error?: unknown) => (error ? reject(error) : resolve()));
    });
  }

  /**
   * Needs neither Redis nor a broadcast: the id names the user, Postgres knows whether the session is still valid, and
   * every node finds the signal.
   */
  async function signOut(exchange: Exchange, options: {everywhere: boolean}): Promise<void> {
    const {req, credential} = exchange;
    if (credential?.from === 'key') {
      throw new ChatError('forbidden', {message: 'A service key is revoked, not signed out.'});
    }
    const found =
      credential?.from === 'jwt' ? await userOfToken(req, credential) : await userOf(req, credential);
    forgetCookie(exchange);
    if (!found) throw new ChatError('unauthenticated');
    await end(found, {...options, ...callOf(req)});
  }

  async function userOf(
    {tenantId}: Request,
    credential: SessionCredential | undefined,
  ): Promise<Ended | undefined> {
    const found = credential && (await checkSession(db, credential));
    return found?.tenantId === tenantId ? credential : undefined;
  }

  async function userOfToken(req: Request, credential: Credential): Promise<Ended | undefined> {
    const proven = await identify.prove(credential, req.tenantId);
    const found = await identify.load(proven, req.tenantId, 'http');
    return found && {userId: found.user.id, sessionHash: found.sessionHash};
  }

  function forgetCookie({res, credential}: Exchange): void {
    if (credential?.from === 'cookie') res.clearCookie(name, flags);
  }

  async function end(
    {userId, sessionHash}: Ended,
    {everywhere, tenantId, ...by}: {everywhere: boolean; tenantId: string} & Acting,
  ): Promise<void> {
    if (everywhere) {
      await signOutEverywhere(db, {tenantId, userId}, by);
      node.broadcast.signal({kind: 'user', userId});
    } else {
      await signOutSession(db, {sessionHash, userId});
      node.broadcast.signal({kind: 'session', userId, sessionHash});
    }
    // The session has ended in Postgres; its record would only take up room until it expires.
    redis.sessions.del(redis.keys.sessions + sessionHash).catch(() => undefined);
  }

  return {
    /** What a handler may do with the session of this request. */
    controlOf(exchange: Exchange): SessionControl {
      const secret = newSecret();
      return {
        seed: hashOf(secret),
        prepare: (by) => prepare(exchange, by),
        authenticate: () => authenticate(exchange),
        signIn: (stored, by) => signIn(exchange, stored, {by, secret}),
        signInByToken: (stored, by) => signInByToken(exchange, stored, {by, secret}),
        signOut: (options) => signOut(exchange, options),
        forgetCookie: () => forgetCookie(exchange),
      };
    },
  };
}
