import {generateKeyPairSync} from 'node:crypto';
import {createLocalJWKSet, jwtVerify} from 'jose';
import {expect, test} from 'vitest';
import {ServerError} from './server.ts';
import {signToken} from './sign-token.ts';

const pairs = {
  ES256: generateKeyPairSync('ec', {namedCurve: 'P-256'}),
  RS256: generateKeyPairSync('rsa', {modulusLength: 2_048}),
  EdDSA: generateKeyPairSync('ed25519'),
};
const who = {issuer: 'https://id.shop', audience: 'chat', externalId: 'customer-1'};
const jwk = {...pairs.ES256.privateKey.export({format: 'jwk'}), kid: 'one'};

test.for(Object.entries(pairs))(
  'a key for %s signs what jose verifies, as JWK and as PEM',
  async ([alg, pair]) => {
    const keys = createLocalJWKSet({
      keys: [{...pair.publicKey.export({format: 'jwk'}), kid: 'one', alg} as never],
    });
    const asJwk = {...pair.privateKey.export({format: 'jwk'}), kid: 'one'};
    const pem = pair.privateKey.export({format: 'pem', type: 'pkcs8'}) as string;

    for (const key of [asJwk, pem]) {
      const token = signToken({...who, key, keyId: 'one', name: 'Kim', claims: {plan: 'gold', sub: 'other'}});
      const {payload, protectedHeader} = await jwtVerify(token, keys, {
        issuer: who.issuer,
        audience: who.audience,
      });

      expect(protectedHeader).toEqual({alg, typ: 'JWT', kid: 'one'});
      expect(payload).toMatchObject({sub: 'customer-1', name: 'Kim', plan: 'gold'});
      expect(payload.exp! - payload.iat!).toBe(300);
    }
  },
);

test('the name of the key is that of the JWK unless another is given', () => {
  const header = (token: string) => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString());

  expect(header(signToken({...who, key: jwk}))).toMatchObject({kid: 'one'});
  expect(header(signToken({...who, key: jwk, keyId: 'two'}))).toMatchObject({kid: 'two'});
});

const pem = pairs.ES256.privateKey.export({format: 'pem', type: 'pkcs8'}) as string;
const publicJwk = {...pairs.ES256.publicKey.export({format: 'jwk'}), kid: 'one'};
const weak = generateKeyPairSync('rsa', {modulusLength: 1_024}).privateKey.export({format: 'jwk'});
const shared = {kty: 'oct', k: 'c2VjcmV0', kid: 'one'};

test.each([
  ['a key without a name', {key: pem}, 'keyId'],
  ['a public key', {key: publicJwk}, 'private key'],
  ['a shared secret', {key: shared}, 'private key'],
  ['a weak key', {key: {...weak, kid: 'one'}}, '2,048'],
  ['no key', {key: 'secret', keyId: 'one'}, 'private key'],
  ['a life of no length', {key: jwk, lifeSeconds: 0}, 'lifeSeconds'],
  ['a life of more than a day', {key: jwk, lifeSeconds: 86_401}, 'lifeSeconds'],
  ['no user', {key: jwk, externalId: ''}, 'externalId'],
])('%s is refused', (_, given, reason) => {
  expect(() => signToken({...who, ...given})).toThrow(ServerError);
  expect(() => signToken({...who, ...given})).toThrow(reason);
});
