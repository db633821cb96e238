import {createPrivateKey, sign, type JsonWebKey, type KeyObject} from 'node:crypto';
import {ServerError} from './request.ts';

/** What a token says about a user, and who issues it. The policy of your tenant holds the other half: `signIn.issuers`. */
export type TokenInput = {
  /** Your private key, as a JWK or as PEM. It signs with ES256 (P-256), RS256 (RSA of 2,048 bits or more) or EdDSA (Ed25519). */
  key: Record<string, unknown> | string;
  /** The name of the public key among the issuer's keys. The default is the `kid` of the JWK. */
  keyId?: string;
  issuer: string;
  audience: string;
  /** Your own id of the user, as in `putUser`. */
  externalId: string;
  /** The user's display name. The first token creates the user; a later one can change the name. */
  name?: string;
  /** How long the token is valid: 300 s by default, at most 86,400 s, and no longer than the policy's `maxLifeSeconds`. */
  lifeSeconds?: number;
  /** Further claims, such as those that the policy's `claims` name. */
  claims?: Record<string, unknown>;
};

const mostSeconds = 86_400;

/**
 * Signs a JWT with which a user signs in, for the `getToken` of `@madang/client`. Throws ServerError if no cluster would
 * accept the token.
 */
export function signToken({key, keyId, lifeSeconds = 300, ...said}: TokenInput): string {
  const privateKey = readKey(key);
  const kid = keyId ?? (typeof key === 'string' ? undefined : (key['kid'] as string | undefined));
  if (!kid) throw invalid('Give a keyId, the `kid` of the public key in your issuer’s keys.');
  if (!(Number.isInteger(lifeSeconds) && lifeSeconds >= 1 && lifeSeconds <= mostSeconds)) {
    throw invalid(`lifeSeconds must be a whole number from 1 to ${mostSeconds}.`);
  }
  const iat = Math.floor(Date.now() / 1_000);
  const payload = {...claimsOf(said), iat, exp: iat + lifeSeconds};
  const signed = `${encode({alg: algorithmOf(privateKey), typ: 'JWT', kid})}.${encode(payload)}`;
  return `${signed}.${signatureOf(signed, privateKey)}`;
}

function claimsOf({issuer, audience, externalId, name, claims}: Omit<TokenInput, 'key'>) {
  for (const [field, value] of Object.entries({issuer, audience, externalId})) {
    if (typeof value !== 'string' || value === '') throw invalid(`${field} is missing.`);
  }
  return {...claims, ...(name === undefined ? {} : {name}), iss: issuer, aud: audience, sub: externalId};
}

function readKey(key: TokenInput['key']): KeyObject {
  try {
    return typeof key === 'string'
      ? createPrivateKey(key)
      : createPrivateKey({key: key as JsonWebKey, format: 'jwk'});
  } catch (cause) {
    throw invalid('key is no private key, neither a JWK nor PEM.', cause);
  }
}

function algorithmOf({asymmetricKeyType: type, asymmetricKeyDetails: details}: KeyObject) {
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256';
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= 2_048) return 'RS256';
  if (type === 'ed25519') return 'EdDSA';
  throw invalid('key must be of P-256, of Ed25519, or of RSA with 2,048 bits or more.');
}

function signatureOf(text: string, key: KeyObject): string {
  const digest = key.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  // The form of ECDSA signatures in JWTs. Other kinds of key ignore it.
  return sign(digest, Buffer.from(text), {key, dsaEncoding: 'ieee-p1363'}).toString('base64url');
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');

const invalid = (message: string, cause?: unknown) =>
  new ServerError({code: 'invalid', message, retryable: false}, {cause});
