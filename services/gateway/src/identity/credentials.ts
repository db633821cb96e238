/** Finds the credential of a request or handshake. It asks no store: it checks only form and signature. */
import type {IncomingHttpHeaders} from 'node:http';
import {keyPrefix} from '@madang/database/access/api-keys';
import {hashOfSecret, isSecret} from '@madang/database/access/secrets';
import {ChatError} from '@madang/protocol/errors';
import {parseCookie} from 'cookie';
import {isJwt, type VerifiedToken} from '../jwt/verify-token.ts';
import {sessionCookie, type CookieConfig} from './session-cookie.ts';
import {readCookie, readToken, tokenPrefix, type SessionId} from './session-ids.ts';

/** A session id with a valid signature. Whether the session exists is not known yet. */
export type SessionCredential = SessionId & {from: 'cookie' | 'token'};
/** Has the form of a service key. */
export type KeyCredential = {from: 'key'; keyHash: string};
/** Has the form of a JWT. */
export type JwtCredential = {from: 'jwt'; jwt: string};
export type Credential = (SessionCredential | KeyCredential | JwtCredential) & {
  /** A JWT that came beside it in Authorization: the tenant's policy decides whether it is a second credential. */
  besideJwt?: string;
};
/** A credential whose signature was checked. Keys have none: only Postgres knows whether a key exists. */
export type ProvenCredential = SessionCredential | KeyCredential | {from: 'jwt'; token: VerifiedToken};

export type CredentialConfig = CookieConfig & {SESSION_SECRET: readonly string[]};

/**
 * Makes the function that returns the credential of a request or handshake, if there is one. A cookie with a wrong
 * signature counts as none, since browsers keep sending what they have. A wrong token is `unauthenticated`, and two
 * credentials are `invalid`. Beside a credential, an Authorization that has no form of ours is a proxy's own.
 */
export function createCredentialReader(config: CredentialConfig) {
  const cookieName = sessionCookie(config).name;
  const secrets = config.SESSION_SECRET;

  return function credentialOf(headers: IncomingHttpHeaders, auth?: unknown): Credential | undefined {
    const cookie = headers.cookie ? parseCookie(headers.cookie)[cookieName] : undefined;
    const fromCookie = cookie === undefined ? undefined : readCookie(cookie, secrets);
    const fromHandshake = handshakeTokenOf(auth);
    const bearer = bearerOf(headers);
    const isBeside = bearer !== undefined && (fromCookie ?? fromHandshake) !== undefined;
    if ((fromCookie && fromHandshake !== undefined) || (isBeside && hasOurPrefix(bearer)))
      throw twoCredentials();
    const token = isBeside ? fromHandshake : (bearer ?? fromHandshake);
    const credential: Credential | undefined =
      token === undefined ? fromCookie && {...fromCookie, from: 'cookie'} : tokenCredential(token, secrets);
    return credential && isBeside && isJwt(bearer) ? {...credential, besideJwt: bearer} : credential;
  };
}

export function twoCredentials(): ChatError {
  return new ChatError('invalid', {message: 'Send one credential: a cookie or a token.'});
}

/** The headers without an Authorization that could be no credential of ours; a proxy in front may add its own. */
export function withoutForeign(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const bearer = bearerOf(headers);
  if (bearer === undefined || hasOurPrefix(bearer) || isJwt(bearer)) return headers;
  const {authorization: _, ...others} = headers;
  return others;
}

function hasOurPrefix(token: string): boolean {
  return token.startsWith(tokenPrefix) || token.startsWith(keyPrefix);
}

function tokenCredential(token: string, secrets: readonly string[]): Credential {
  // A malformed key is refused without asking Postgres, like a wrong signature.
  if (isSecret(keyPrefix, token)) return {from: 'key', keyHash: hashOfSecret(token)};
  const session = readToken(token, secrets);
  if (session) return {...session, from: 'token'};
  if (isJwt(token)) return {from: 'jwt', jwt: token};
  throw new ChatError('unauthenticated');
}

/** The hash of the service key in the header, or else in the handshake; undefined if neither has the form of a key. */
export function keyHashOf(headers: IncomingHttpHeaders, auth?: unknown): string | undefined {
  const token = bearerOf(headers) ?? (auth as {token?: unknown} | undefined)?.token;
  return typeof token === 'string' && isSecret(keyPrefix, token) ? hashOfSecret(token) : undefined;
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
