/**
 * Whether a JWT comes from one of the tenant's issuers, and what it says about its user.
 *
 * Whatever can be read from a token is checked before its key is looked up. So most forged tokens cost no signature
 * check. Only a token of a known issuer, for this product and not expired, can cause keys to be fetched.
 */
import {createHash} from 'node:crypto';
import {ChatError} from '@madang/protocol/errors';
import {productName} from '@madang/protocol/fields';
import {limits} from '@madang/protocol/limits';
import type {Issuer} from '@madang/protocol/policy-sign-in';
import {externalId} from '@madang/protocol/user-refs';
import {
  decodeJwt,
  decodeProtectedHeader,
  jwtVerify,
  type CryptoKey,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from 'jose';
import type {KeySets} from './key-sets.ts';

export type VerifiedToken = {
  issuer: Issuer;
  tokenHash: string;
  header: {alg: string; kid?: string};
  key: CryptoKey;
  audience: string[];
  /** Whole seconds since 1970. */
  issuedAt: number;
  /** Milliseconds since 1970. */
  expiresAt: number;
  lifeSeconds: number;
  externalId: string;
  /** The name in the token, if it is valid. */
  name?: string;
  displayName?: string;
};

/** Why a token was refused, for the audit log. */
export type TokenFault = 'malformed' | 'issuer' | 'algorithm' | 'claims' | 'expired' | 'key' | 'signature';

export class TokenRefused extends ChatError {
  readonly fault: TokenFault;

  constructor(fault: TokenFault, message: string, options: {cause?: unknown} = {}) {
    super('unauthenticated', {message, details: {reason: fault}, ...options});
    this.fault = fault;
  }
}

const form = /^[\w-]{2,}\.[\w-]{2,}\.[\w-]{2,}$/;
const algorithms: ReadonlySet<string> = new Set(['ES256', 'RS256', 'EdDSA']);

/** Whether a credential has the form of a JWT. */
export function isJwt(token: string): boolean {
  return token.length <= limits.jwtChars && form.test(token);
}

/**
 * Identifies a token when it is signed out. The signature is left out, since the same token has other valid ones: other
 * spellings verify, too, and with ES256 also other numbers.
 */
export function hashOfToken(token: string): string {
  return createHash('sha256')
    .update(token.slice(0, token.lastIndexOf('.')))
    .digest('base64url');
}

/** A tenant and the issuers whose tokens it accepts. */
export type Trusted = {tenantId: string; issuers: readonly Issuer[]};
type Read = {header: ProtectedHeaderParameters; payload: JWTPayload};

/** Throws TokenRefused, or `unavailable` while the issuer's keys cannot be read. */
export async function verifyToken(
  keySets: KeySets,
  {tenantId, issuers}: Trusted,
  token: string,
): Promise<VerifiedToken> {
  const {header, payload} = read(token);
  const issuer = issuers.find((each) => each.issuer === payload.iss);
  if (!issuer) throw new TokenRefused('issuer', 'The issuer of the token is none of this product.');
  const {alg} = requireHeader(header, issuer);
  const claims = readClaims(payload, issuer);
  const key = await keySets.find(tenantId, issuer, header);
  if (!key) throw new TokenRefused('key', 'The token was signed by a key that its issuer does not have.');
  await requireSignature(token, key, alg);
  const {kid} = header;
  const tokenHash = hashOfToken(token);
  return {...claims, tokenHash, issuer, key, header: {alg, ...(kid !== undefined && {kid})}};
}

/** Whether the current policy would still accept a token that it accepted before. */
export async function isStillTaken(
  keySets: KeySets,
  {tenantId, issuers}: Trusted,
  {issuer: before, header, key, audience, lifeSeconds}: VerifiedToken,
): Promise<boolean> {
  const issuer = issuers.find((each) => each.issuer === before.issuer);
  if (!issuer || !audience.includes(issuer.audience)) return false;
  if (!(issuer.algorithms as string[]).includes(header.alg)) return false;
  if (lifeSeconds > issuer.maxLifeSeconds) return false;
  if (JSON.stringify(issuer.claims) !== JSON.stringify(before.claims)) return false;
  if (typeof issuer.jwks === 'string') return issuer.jwks === before.jwks;
  const now = await keySets.find(tenantId, issuer, header);
  return now !== undefined && (await isSameKey(now, key));
}

async function isSameKey(one: CryptoKey, other: CryptoKey): Promise<boolean> {
  if (one === other) return true;
  const [a, b] = await Promise.all([one, other].map((key) => crypto.subtle.exportKey('spki', key)));
  return Buffer.from(a!).equals(Buffer.from(b!));
}

/** Whether the token says that it comes from one of these issuers; nothing of it is checked. */
export function namesIssuer(issuers: readonly Issuer[], token: string): boolean {
  try {
    const {iss} = decodeJwt(token);
    return issuers.some(({issuer}) => issuer === iss);
  } catch {
    return false;
  }
}

function read(token: string): Read {
  try {
    return {header: decodeProtectedHeader(token), payload: decodeJwt(token)};
  } catch (cause) {
    throw new TokenRefused('malformed', 'The token cannot be read.', {cause});
  }
}

function requireHeader({alg, kid, crit}: ProtectedHeaderParameters, issuer: Issuer): {alg: string} {
  if (typeof alg !== 'string' || !algorithms.has(alg) || !(issuer.algorithms as string[]).includes(alg))
    throw new TokenRefused('algorithm', 'The token is signed by an algorithm that its issuer may not use.');
  if (crit !== undefined || (kid !== undefined && typeof kid !== 'string'))
    throw new TokenRefused('malformed', 'The header of the token has something that is not understood.');
  return {alg};
}

function readClaims(
  payload: JWTPayload,
  issuer: Issuer,
): Omit<VerifiedToken, 'issuer' | 'tokenHash' | 'header' | 'key'> {
  const audience = [payload.aud ?? []].flat();
  if (!audience.includes(issuer.audience))
    throw new TokenRefused('claims', 'The token is for another audience: `aud`.');
  return {audience, ...readTimes(payload, issuer), ...readUser(payload, issuer)};
}

/** `exp` is exact. For the beginning of a token's validity, clocks may differ by the skew. */
function readTimes({iat, exp, nbf}: JWTPayload, {maxLifeSeconds, skewSeconds}: Issuer) {
  if (!isTime(iat) || !isTime(exp) || (nbf !== undefined && !isTime(nbf)))
    throw new TokenRefused('claims', 'The token must have the times `iat` and `exp`.');
  const now = Date.now() / 1_000;
  if (exp - iat > maxLifeSeconds || exp <= iat)
    throw new TokenRefused('claims', `A token lives at most ${maxLifeSeconds} s: from \`iat\` to \`exp\`.`);
  if (Math.max(iat, nbf ?? iat) > now + skewSeconds)
    throw new TokenRefused('claims', 'The token is not good yet: `iat`, `nbf`.');
  if (exp <= now) throw new TokenRefused('expired', 'The token has expired.');
  return {issuedAt: Math.floor(iat), expiresAt: exp * 1_000, lifeSeconds: exp - iat};
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e11;
}

function readUser(payload: JWTPayload, {claims}: Issuer) {
  const ownId = externalId.safeParse(payload[claims.externalId]).data;
  if (ownId === undefined)
    throw new TokenRefused('claims', `The claim \`${claims.externalId}\` must be the user's own id.`);
  const name = productName.safeParse(payload[claims.name]).data;
  const displayName = claims.displayName && productName.safeParse(payload[claims.displayName]).data;
  return {externalId: ownId, ...(name && {name}), ...(displayName && {displayName})};
}

async function requireSignature(token: string, key: CryptoKey, alg: string): Promise<void> {
  try {
    // The times were checked above; this library would apply different bounds.
    await jwtVerify(token, key, {
      algorithms: [alg],
      requiredClaims: ['iss', 'aud', 'exp', 'iat'],
      clockTolerance: 300,
    });
  } catch (cause) {
    throw new TokenRefused('signature', 'The signature of the token is wrong.', {cause});
  }
}
