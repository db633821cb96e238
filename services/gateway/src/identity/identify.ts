/**
 * The one place that turns the credential of a request or handshake into a caller.
 *
 * A service key stands for its service, in the service's tenant. A JWT stands for the user whom its issuer names,
 * unless Postgres has revoked it. A session id stands for its user while Redis holds the session's record and Postgres
 * has not revoked it.
 */
import type {IncomingHttpHeaders} from 'node:http';
import type {Database} from '@madang/database/connections/pool';
import {checkSession} from '@madang/database/access/sessions';
import {ChatError} from '@madang/protocol/errors';
import type {User} from '@madang/protocol/users';
import type {RedisClients} from '@madang/redis/clients';
import type {By} from '@madang/runtime/fair-queue';
import type {Config} from '../config.ts';
import type {Caller, CallersKey} from '../context.ts';
import type {Tokens} from '../jwt/tokens.ts';
import type {VerifiedToken} from '../jwt/verify-token.ts';
import type {Tenants} from '../tenants.ts';
import {
  createCredentialReader,
  keyHashOf,
  twoCredentials,
  type Credential,
  type ProvenCredential,
  type SessionCredential,
} from './credentials.ts';
import {createHostTenants} from './host-tenants.ts';
import {createSeenUsers} from './seen-users.ts';
import {createServiceKeys} from './service-keys.ts';
import {createSessionRecords} from './session-records.ts';
import {addressOf, type Call} from './trusted-proxies.ts';

export type IdentifyOptions = {
  db: Database;
  redis: Pick<RedisClients, 'sessions' | 'keys'>;
  tenants: Tenants;
  tokens: Tokens;
  config: Config;
};

export type Identity = {
  user: User;
  tenantId: string;
  /** For a service the hash of its key, for a JWT that of the token. A signal that names the hash ends each of them. */
  sessionHash: string;
  epoch: number;
  /** When the session ends even if it is used: milliseconds since 1970. */
  expiresAt: number;
  /** Set for a service. */
  key?: CallersKey;
  /** The key whose ticket began the session, if its id names one. */
  ticketKeyId?: string;
  /** Set for a JWT. */
  token?: VerifiedToken;
};

export type Identify = ReturnType<typeof createIdentify>;

/** The part of an identity that handlers may know. */
export function callerOf({user, tenantId, sessionHash, key, token, expiresAt}: Identity): Caller {
  return {user, tenantId, sessionHash, ...(key && {key}), ...(token && {expiresAt})};
}

/** The queue for all calls whose tenant is unknown; no tenant has this id. */
const unknownTenant = 'unknown';

export function createIdentify({db, redis, tenants, tokens, config}: IdentifyOptions) {
  const serviceKeys = createServiceKeys(db);
  const sessionRecords = createSessionRecords(redis, config);
  const hostTenants = createHostTenants(tenants, config);
  const noteUsers = createSeenUsers(db);

  async function loadSession(credential: SessionCredential, tenantId: string | undefined, over: Over) {
    const {userId, sessionHash, epoch, ticketKeyId} = credential;
    const record = await sessionRecords.read(sessionHash, over);
    if (record?.passport.user !== userId) return undefined;
    const expiresAt = record.createdAt + config.SESSION_MAX_SECONDS * 1_000;
    if (expiresAt <= Date.now()) return undefined;
    const found = await checkSession(db, {userId, sessionHash, epoch, ticketKeyId});
    if (!found || found.tenantId !== tenantId) return undefined;
    if (!record.isUnseen || over === 'socket') noteUsers([found.user]);
    return {user: found.user, tenantId: found.tenantId, sessionHash, epoch, expiresAt, ticketKeyId};
  }

  /** A handshake may have waited for its turn after the token was verified, and the policy may have changed since. */
  async function loadToken(token: VerifiedToken, tenantId: string | undefined, over: Over) {
    if (tenantId === undefined) return undefined;
    if (over === 'socket' && !(await tokens.isStillTaken({tenantId, token}))) return undefined;
    const identity = await tokens.load(tenantId, token);
    if (identity) noteUsers([identity.user]);
    return identity;
  }

  return {
    ...hostTenants,
    credentialOf: createCredentialReader(config),

    /**
     * The credential without a JWT beside it that is a proxy's own; `invalid` if an issuer of the tenant made that JWT.
     * Where nobody has to be signed in (`isOptional`), a JWT of a proxy alone is no credential either.
     */
    async soleCredential(
      credential: Credential | undefined,
      tenantId: string | undefined,
      {isOptional = false} = {},
    ): Promise<Credential | undefined> {
      if (credential === undefined || tenantId === undefined) return credential;
      const {besideJwt, ...sole} = credential;
      if (besideJwt !== undefined && (await tokens.isOfIssuer(tenantId, besideJwt))) throw twoCredentials();
      const isAlone = isOptional && sole.from === 'jwt';
      return isAlone && !(await tokens.isOfIssuer(tenantId, sole.jwt)) ? undefined : (sole as Credential);
    },

    /** The client's address (for IPv6 its /64 network), as the trusted proxies report it. */
    addressOf: (call: Call) => addressOf(config.TRUST_PROXY, call),

    /**
     * The queue in which a request or handshake waits before anything is looked up: that of the tenant of its key or
     * host name, as this node last knew it, or one that all others share. The queue says nothing about rights.
     */
    presumed(call: Call, auth?: unknown): By {
      const keyHash = keyHashOf(call.headers, auth);
      const tenant =
        keyHash === undefined ? hostTenants.lastTenantOf(call) : serviceKeys.lastTenantOf(keyHash);
      return {tenant: tenant ?? unknownTenant, address: addressOf(config.TRUST_PROXY, call)};
    },

    /**
     * Whether it is a key that was valid when this node last asked: its service is not limited. Anybody can make up a
     * key, so calls with an unknown key count for their address, like those with sessions.
     */
    isKeyOfService: (credential: Credential | undefined): boolean =>
      credential?.from === 'key' && serviceKeys.lastTenantOf(credential.keyHash) !== undefined,

    /** Whether the headers carry a valid service key; `beforeAsking` may refuse a key that this node does not know. */
    async isService(headers: IncomingHttpHeaders, beforeAsking: () => Promise<void>): Promise<boolean> {
      const keyHash = keyHashOf(headers);
      return keyHash !== undefined && serviceKeys.isGood(keyHash, beforeAsking);
    },

    /**
     * Verifies a JWT by the tenant's policy; other credentials are proven by their form. Throws TokenRefused, or
     * `unavailable` while the issuer's keys cannot be read.
     */
    async prove(credential: Credential, tenantId: string | undefined): Promise<ProvenCredential> {
      if (credential.from !== 'jwt') return credential;
      if (tenantId === undefined) throw new ChatError('unauthenticated');
      return {from: 'jwt', token: await tokens.verify(tenantId, credential.jwt)};
    },

    /**
     * The identity that the credential stands for now. Undefined for a session that is unknown, expired, revoked or of
     * another tenant, for an unknown key, and for a token that was signed out or that the policy no longer accepts.
     * Throws EndedKey. A key fixes the tenant, whatever the host name. Using a session keeps it from becoming idle.
     *
     * A long-lived caller, such as a connection, registers itself for its user's and session's signals first. Then a
     * revocation before the query to Postgres shows in the answer, and a later one finds the registration.
     */
    async load(
      credential: ProvenCredential,
      tenantId: string | undefined,
      over: Over,
    ): Promise<Identity | undefined> {
      if (credential.from === 'key') return serviceKeys.load(credential);
      if (credential.from === 'jwt') return loadToken(credential.token, tenantId, over);
      return loadSession(credential, tenantId, over);
    },

    /**
     * Keeps the sessions of open connections from becoming idle; called regularly. A session that has ended stays
     * ended. Rejects while Redis is away; the next call makes up for it.
     */
    async touch(callers: readonly Pick<Caller, 'user' | 'sessionHash' | 'key'>[]): Promise<void> {
      noteUsers(callers.map(({user}) => user));
      for (const {key} of callers) if (key) serviceKeys.noteUse(key.id);
      await sessionRecords.touch(new Set(callers.map(({sessionHash}) => sessionHash)));
    },
  };
}

type Over = 'http' | 'socket';
