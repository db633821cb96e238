/** An issuer of JWTs: its keys, the address that serves them, and the tokens that it signs. */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Issuer} from '@madang/protocol/policy-sign-in';
import {exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload} from 'jose';

export type Algorithm = 'ES256' | 'RS256' | 'EdDSA';
export type SigningKey = {kid: string; alg: Algorithm; privateKey: CryptoKey; jwk: JWK};

export async function newKey(kid: string, alg: Algorithm = 'ES256'): Promise<SigningKey> {
  const {publicKey, privateKey} = await generateKeyPair(alg, {extractable: true});
  return {kid, alg, privateKey, jwk: {...(await exportJWK(publicKey)), kid, alg, use: 'sig'}};
}

export const nowSeconds = () => Math.floor(Date.now() / 1_000);

/** The claims of a valid ten-minute token for the user, with the given changes; null removes a claim. */
export function claimsFor(sub: string, changes: Record<string, unknown> = {}): JWTPayload {
  const iat = nowSeconds();
  const claims = {iss: 'https://id.example', aud: 'chat', iat, exp: iat + 600, sub, name: `Name of ${sub}`};
  const all = Object.entries({...claims, ...changes});
  return Object.fromEntries(all.filter(([, value]) => value !== null)) as JWTPayload;
}

export function sign(
  claims: JWTPayload,
  {kid, alg, privateKey}: SigningKey,
  header: object = {},
): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({alg, kid, ...header}).sign(privateKey);
}

/** The part of a policy that trusts the issuer. */
export function rulesOf(jwks: string | JWK[], changes: Partial<Issuer> = {}): Issuer {
  return {
    issuer: 'https://id.example',
    jwks: jwks as Issuer['jwks'],
    audience: 'chat',
    algorithms: ['ES256', 'RS256', 'EdDSA'],
    skewSeconds: 60,
    maxLifeSeconds: 3_600,
    claims: {externalId: 'sub', name: 'name'},
    ...changes,
  };
}

export type KeyServer = {
  url: string;
  /** How often the keys were requested. */
  asked(): number;
  /** What it serves from now on; a number is the status of a failure, and a text is served unchanged. */
  serve(keys: JWK[] | number | string): void;
  close(): Promise<void>;
};

export async function startKeyServer(first: JWK[]): Promise<KeyServer> {
  let asked = 0;
  let served: JWK[] | number | string = first;
  const server = createServer((_req, res) => {
    asked += 1;
    if (typeof served === 'number') return void res.writeHead(served).end();
    res.end(typeof served === 'string' ? served : JSON.stringify({keys: served}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    asked: () => asked,
    serve: (keys) => (served = keys),
    close: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}
