/**
 * The one place that turns what a request or handshake carries into a caller.
 *
 * A service key stands for its service, in its own tenant. A JWT is what its issuer signed, as long as Postgres has not
 * revoked it. A session is what its signed id says, as long as Redis has its record and Postgres has not revoked it. Redis failing is `unavailable`, never "anonymous": a client would take that
 * for having been signed out.
 */
import type {IncomingHttpHeaders} from 'node:http';
import {parseCookie} from 'cookie';
import {keyPrefix} from '@madang/database/access/api-keys';
import {findKeyHolder, type KeyHolder} from '@madang/database/access/key-holders';
import type {Database} from '@madang/database/connections/pool';
import {hashOfSecret, isSecret} from '@madang/database/access/secrets';
import {checkSession} from '@madang/database/access/sessions';
import type {Tenant} from '@madang/database/operator/tenants';
import {ChatError} from '@madang/protocol/errors';
import type {By} from '@madang/runtime/fair-queue';
import {keepNewest} from '@madang/runtime/keep-newest';
import type {User} from '@madang/protocol/users';
import type {RedisClients} from '@madang/redis/clients';
import {z} from 'zod';
import type {Config} from '../config.ts';
import {createKeyUses} from './key-uses.ts';
import {createSeenUsers} from './seen-users.ts';
import type {Caller, CallersKey} from '../context.ts';
import type {Tokens} from '../jwt/tokens.ts';
import {isJwt, type VerifiedToken} from '../jwt/verify-token.ts';
import {isAllowedOrigin} from './origins.ts';
import {sessionCookie} from './session-cookie.ts';
import {readCookie, readToken, type SessionId} from './session-ids.ts';
import type {Tenants} from '../tenants.ts';
import {addressOf, hostOf, type Call} from './trusted-proxies.ts';

export type IdentifyOptions = {
  db: Database;
  redis: Pick<RedisClients, 'sessions' | 'keys'>;
  tenants: Tenants;
  tokens: Tokens;
  config: Config;
};

/** A session id whose signature is right; nothing is known yet of the session itself. */
export type SessionCredential = SessionId & {from: 'cookie' | 'token'};
/** What has the form of a service key. */
export type KeyCredential = {from: 'key'; keyHash: string};
/** What has the form of a JWT. */
export type JwtCredential = {from: 'jwt'; jwt: string};
export type Credential = SessionCredential | KeyCredential | JwtCredential;
/** A credential that is not known to be made up; only of a key nobody can say without asking Postgres. */
export type ProvenCredential = SessionCredential | KeyCredential | {from: 'jwt'; token: VerifiedToken};

export type Identity = {
  user: User;
  tenantId: string;
  /** Of a service its key's hash, of a JWT the token's: all are ended by a signal that names it. */
  sessionHash: string;
  epoch: number;
  /** When the session ends however much it is used: milliseconds since 1970. */
  expiresAt: number;
  /** Of a service. */
  key?: CallersKey;
  /** The key whose ticket began the session, where its id names one. */
  ticketKeyId?: string;
  /** Of a JWT. */
  token?: VerifiedToken;
};

export type Identify = ReturnType<typeof createIdentify>;

/** A key that was good once. Who presents it holds the secret, and so may know what became of it. */
export class EndedKey extends ChatError {
  readonly holder: KeyHolder;

  constructor(holder: KeyHolder) {
    const because =
      holder.ended === 'disabled' ? 'belongs to a service that is disabled' : `was ${holder.ended}`;
    super('unauthenticated', {
      message: holder.ended === 'expired' ? 'This key has expired.' : `This key ${because}.`,
    });
    this.holder = holder;
  }
}

/** What handlers may know of an identity. */
export function callerOf({user, tenantId, sessionHash, key, token, expiresAt}: Identity): Caller {
  return {user, tenantId, sessionHash, ...(key && {key}), ...(token && {expiresAt})};
}

/** What the store keeps of a session, beside express-session's own fields. */
const sessionRecord = z
  .string()
  .transform((text, {issues}) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      issues.push({code: 'custom', message: 'is no JSON', input: text});
      return z.NEVER;
    }
  })
  .pipe(
    z.looseObject({
      passport: z.object({user: z.uuid()}),
      createdAt: z.int(),
      isUnseen: z.boolean().optional(),
    }),
  );

/** No tenant's id. */
const unknownTenant = 'unknown';

const touchedAtOnce = 1_000;
const rememberedKeys = 10_000;

export function createIdentify({db, redis, tenants, tokens, config}: IdentifyOptions) {
  const cookieName = sessionCookie(config).name;
  const secrets = config.SESSION_SECRET;
  const keyOf = (sessionHash: string) => redis.keys.sessions + sessionHash;
  const ownHosts = new Set(config.ALLOWED_HOSTS);
  if (config.PUBLIC_URL) ownHosts.add(new URL(config.PUBLIC_URL).hostname);
  /** With the tenant of each. */
  const goodKeys = new Map<string, string>();
  const keyUses = createKeyUses(db);
  const noteUsers = createSeenUsers(db);

  /**
   * The credential of a request or handshake, if any. A cookie with a wrong signature is none, since browsers keep
   * sending what they have; a wrong token is `unauthenticated`, and two credentials are `invalid`.
   */
  function credentialOf(headers: IncomingHttpHeaders, auth?: unknown): Credential | undefined {
    const given = [bearerOf(headers), handshakeTokenOf(auth)].filter((token) => token !== undefined);
    const cookie = headers.cookie ? parseCookie(headers.cookie)[cookieName] : undefined;
    const fromCookie = cookie === undefined ? undefined : readCookie(cookie, secrets);
    const [token] = given;
    if (given.length + (fromCookie ? 1 : 0) > 1) {
      throw new ChatError('invalid', {message: 'Send one credential: a cookie or a token.'});
    }
    if (token === undefined) return fromCookie && {...fromCookie, from: 'cookie'};
    // What cannot be a key is refused without asking Postgres, as a wrong signature is.
    if (isSecret(keyPrefix, token)) return {from: 'key', keyHash: hashOfSecret(token)};
    const fromToken = readToken(token, secrets);
    if (fromToken) return {...fromToken, from: 'token'};
    if (isJwt(token)) return {from: 'jwt', jwt: token};
    throw new ChatError('unauthenticated');
  }

  /**
   * Verifies a JWT by the policy of the tenant; the others are proven by their form. Throws TokenRefused, or `unavailable`
   * while the issuer's keys cannot be known.
   */
  async function prove(credential: Credential, tenantId: string | undefined): Promise<ProvenCredential> {
    if (credential.from !== 'jwt') return credential;
    if (tenantId === undefined) throw new ChatError('unauthenticated');
    return {from: 'jwt', token: await tokens.verify(tenantId, credential.jwt)};
  }

  /**
   * Who the credential stands for now; undefined if its session is unknown, over, revoked or of another tenant, its key
   * unknown or revoked, or its token signed out or no longer taken. A key fixes the tenant, whatever the host name. Using a session keeps it from becoming idle.
   *
   * A caller that lives on, as a connection does, registers itself for its user's and session's signals first: what
   * is revoked before the question to Postgres shows in the answer, what is revoked after it finds the registration.
   */
  async function load(
    credential: ProvenCredential,
    tenantId: string | undefined,
    over: 'http' | 'socket',
  ): Promise<Identity | undefined> {
    if (credential.from === 'key') return loadService(credential);
    if (credential.from === 'jwt') return loadToken(credential.token, tenantId, over);
    const {userId, sessionHash, epoch, ticketKeyId} = credential;
    const record = await readRecord(sessionHash, over);
    if (record?.passport.user !== userId) return undefined;
    const expiresAt = record.createdAt + config.SESSION_MAX_SECONDS * 1_000;
    if (expiresAt <= Date.now()) return undefined;
    const found = await checkSession(db, {userId, sessionHash, epoch, ticketKeyId});
    if (!found || found.tenantId !== tenantId) return undefined;
    if (!record.isUnseen || over === 'socket') noteUsers([found.user]);
    return {user: found.user, tenantId: found.tenantId, sessionHash, epoch, expiresAt, ticketKeyId};
  }

  /** A handshake may have waited for its turn since the token was verified, and the policy may have changed meanwhile. */
  async function loadToken(token: VerifiedToken, tenantId: string | undefined, over: 'http' | 'socket') {
    if (tenantId === undefined) return undefined;
    if (over === 'socket' && !(await tokens.isStillTaken({tenantId, token}))) return undefined;
    const identity = await tokens.load(tenantId, token);
    if (identity) noteUsers([identity.user]);
    return identity;
  }

  /**
   * Whether it is a key that was good when this node last asked: its service is not limited. Anybody can make up a key,
   * so others count for their address, as sessions do. It says nothing about whether the key still is good.
   */
  function isKeyOfService(credential: Credential | undefined): boolean {
    return credential?.from === 'key' && goodKeys.has(credential.keyHash);
  }

  /** Whether a service key that is good comes along; `beforeAsking` may refuse a key that this node does not know. */
  async function isService(headers: Call['headers'], beforeAsking: () => Promise<void>): Promise<boolean> {
    const token = bearerOf(headers);
    if (token === undefined || !isSecret(keyPrefix, token)) return false;
    const keyHash = hashOfSecret(token);
    if (goodKeys.has(keyHash)) return true;
    await beforeAsking();
    return (await findKeyHolder(db, {keyHash}))?.ended === null;
  }

  async function loadService({keyHash}: KeyCredential): Promise<Identity | undefined> {
    const holder = await findKeyHolder(db, {keyHash});
    if (holder?.ended === null) keepNewest(goodKeys, keyHash, holder.tenantId, rememberedKeys);
    else goodKeys.delete(keyHash);
    if (!holder) return undefined;
    if (holder.ended !== null) throw new EndedKey(holder);
    const {user, tenantId, sessionEpoch, keyId, scopes, expiresAt} = holder;
    keyUses.note(keyId);
    return {
      user,
      tenantId,
      sessionHash: keyHash,
      epoch: sessionEpoch,
      expiresAt: expiresAt === null ? Infinity : Date.parse(expiresAt),
      key: {id: keyId, scopes},
    };
  }

  /** Using a session keeps it from becoming idle; a guest's does not begin to count as used before its first socket. */
  async function readRecord(sessionHash: string, over: 'http' | 'socket') {
    const key = keyOf(sessionHash);
    try {
      const text = await redis.sessions.get(key);
      const record = text === null ? undefined : sessionRecord.safeParse(text).data;
      if (record?.isUnseen && over === 'socket') await markSeen(key, record);
      else if (record && !record.isUnseen) await redis.sessions.expire(key, config.SESSION_IDLE_SECONDS);
      return record;
    } catch (cause) {
      throw new ChatError('unavailable', {cause});
    }
  }

  /** Only where the record still is, so that no session comes back that has ended meanwhile. */
  async function markSeen(
    key: string,
    {isUnseen: _, ...record}: z.output<typeof sessionRecord>,
  ): Promise<void> {
    await redis.sessions.set(key, JSON.stringify(record), 'EX', config.SESSION_IDLE_SECONDS, 'XX');
  }

  /**
   * Keeps the sessions of these callers from becoming idle: for connections that stay open, now and then. It brings
   * no session back that is gone. Rejects while Redis is away, which costs nothing but the next try.
   */
  async function touch(callers: readonly Pick<Caller, 'user' | 'sessionHash' | 'key'>[]): Promise<void> {
    noteUsers(callers.map(({user}) => user));
    for (const {key} of callers) if (key) keyUses.note(key.id);
    const hashes = [...new Set(callers.map(({sessionHash}) => sessionHash))];
    for (let from = 0; from < hashes.length; from += touchedAtOnce) {
      const pipeline = redis.sessions.pipeline();
      for (const hash of hashes.slice(from, from + touchedAtOnce)) {
        pipeline.expire(keyOf(hash), config.SESSION_IDLE_SECONDS);
      }
      await pipeline.exec();
    }
  }

  /**
   * The tenant of the host name under which the client called, by the trusted proxies. Throws `misdirected` for a name
   * that is not the cluster's, once it is known which are: a page of another site could make its own name lead here.
   */
  async function tenantOf(call: Call): Promise<Tenant> {
    const host = hostNameOf(call);
    const tenant = await tenants.ofHost(host);
    const isAnyNamed = tenant.areHostsNamed || ownHosts.size > 0;
    if (tenant.isNamed || !isAnyNamed || ownHosts.has(host) || isLocalCall(call, host)) return tenant;
    throw new ChatError('misdirected');
  }

  /** The origins of the tenant's policy are asked for only where the operator's own do not allow the page. */
  async function isAllowed(method: string, call: Call): Promise<boolean> {
    if (isAllowedOrigin(config, method, call)) return true;
    const {origin} = call.headers;
    if (origin === undefined) return false;
    const {policy} = await tenants.ofHost(hostNameOf(call));
    return policy.origins.includes(origin);
  }

  /**
   * Whose queue a request or handshake waits in, before anything is looked up: the tenant of its key or host name as
   * this node last knew it, and one queue for all of which it knows none. It says nothing about rights.
   */
  function presumed(call: Call, auth?: unknown): By {
    return {
      tenant: presumedTenant(call, auth) ?? unknownTenant,
      address: addressOf(config.TRUST_PROXY, call),
    };
  }

  function presumedTenant(call: Call, auth?: unknown): string | undefined {
    const token = bearerOf(call.headers) ?? (auth as {token?: unknown} | undefined)?.token;
    const isKey = typeof token === 'string' && isSecret(keyPrefix, token);
    return isKey ? goodKeys.get(hashOfSecret(token)) : tenants.lastOfHost(hostNameOf(call));
  }

  const hostNameOf = (call: Call) => (hostOf(config.TRUST_PROXY, call) ?? '').replace(/:\d+$/, '');

  return {
    credentialOf,
    isKeyOfService,
    isService,
    presumed,
    prove,
    load,
    touch,
    tenantOf,
    /** The client's address (of IPv6 its /64 network), by the trusted proxies. */
    addressOf: (call: Call) => addressOf(config.TRUST_PROXY, call),
    /** Whether the page that sends this may call; for handshakes the method is GET. */
    isAllowedOrigin: isAllowed,
  };
}

/** Of a program on the same machine; names of another site never are these. */
function isLocalCall({socket}: Call, host: string): boolean {
  const isLocalName = host === 'localhost' || host === '127.0.0.1' || host === '[::1]';
  return isLocalName && /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? '');
}

function bearerOf({authorization}: IncomingHttpHeaders): string | undefined {
  // Other schemes may belong to a proxy in front.
  return authorization === undefined ? undefined : /^Bearer\b *(.*)$/i.exec(authorization)?.[1];
}

function handshakeTokenOf(auth: unknown): string | undefined {
  if (typeof auth !== 'object' || auth === null || !('token' in auth) || auth.token === undefined)
    return undefined;
  if (typeof auth.token !== 'string')
    throw new ChatError('invalid', {message: 'auth.token must be a string'});
  return auth.token;
}
