import {createHmac} from 'node:crypto';
import {createLogger} from '@madang/runtime/log';
import {base64url, EncryptJWT, exportSPKI, importJWK} from 'jose';
import {beforeAll, expect, test} from 'vitest';
import {claimsFor, newKey, nowSeconds, rulesOf, sign, type SigningKey} from '../../test/support/issuer.ts';
import {createKeySets} from './key-sets.ts';
import {hashOfToken, isJwt, isStillTaken, verifyToken, type TokenRefused} from './verify-token.ts';

let key: SigningKey;
let rsa: SigningKey;
let ed: SigningKey;
let stranger: SigningKey;
beforeAll(async () => {
  [key, rsa, ed, stranger] = await Promise.all([
    newKey('one'),
    newKey('two', 'RS256'),
    newKey('three', 'EdDSA'),
    // With the same key id as an honest key.
    newKey('one'),
  ]);
});

let lookedFor = 0;
const log = createLogger({name: 'test', level: 'silent'});
const given = createKeySets({outbound: {request: () => Promise.reject(new Error('asked'))}, log});
const keySets = {find: (...args: Parameters<typeof given.find>) => ((lookedFor += 1), given.find(...args))};
const trusted = (changes = {}) => ({
  tenantId: 'shop',
  issuers: [rulesOf([key.jwk, rsa.jwk, ed.jwk], changes)],
});
const verify = (token: string, changes = {}) => verifyToken(keySets, trusted(changes), token);
const faultOf = (verified: Promise<unknown>) =>
  verified.then(
    () => 'taken',
    ({code, fault}: TokenRefused) => `${code} ${fault}`,
  );

const encode = (part: object) => base64url.encode(JSON.stringify(part));
const unsigned = (header: object, claims: object = claimsFor('ada')) => `${encode(header)}.${encode(claims)}`;

test('takes tokens of each algorithm, and says whose they are and until when', async () => {
  for (const one of [key, rsa, ed]) {
    const exp = nowSeconds() + 100;
    const token = await sign(claimsFor('ada', {exp, aud: ['other', 'chat']}), one);

    expect(await verify(token)).toMatchObject({
      externalId: 'ada',
      name: 'Name of ada',
      expiresAt: exp * 1_000,
      audience: ['other', 'chat'],
      header: {alg: one.alg, kid: one.kid},
      tokenHash: hashOfToken(token),
    });
  }
});

const claimFaults: [string, Record<string, unknown>, string][] = [
  ['without an issuer', {iss: null}, 'issuer'],
  ['of an issuer that the product does not name', {iss: 'https://evil.example'}, 'issuer'],
  ['of an issuer in a list', {iss: ['https://id.example']}, 'issuer'],
  ['without an audience', {aud: null}, 'claims'],
  ['for another audience', {aud: 'mail'}, 'claims'],
  ['for an audience that only begins so', {aud: ['chat2', 'cha']}, 'claims'],
  ['without an end', {exp: null}, 'claims'],
  ['whose end is a text', {exp: `${nowSeconds() + 600}`}, 'claims'],
  ['without a beginning', {iat: null}, 'claims'],
  ['that has expired', {iat: nowSeconds() - 600, exp: nowSeconds() - 1}, 'expired'],
  ['that begins later', {iat: nowSeconds() + 120, exp: nowSeconds() + 600}, 'claims'],
  ['that is not to be used before', {nbf: nowSeconds() + 120}, 'claims'],
  ['that lives too long', {exp: nowSeconds() + 3_700}, 'claims'],
  ['that ends before it begins', {iat: nowSeconds() + 50, exp: nowSeconds() + 40}, 'claims'],
  ['without a user', {sub: null}, 'claims'],
  ['whose user is a number', {sub: 7}, 'claims'],
  ['whose user is no id', {sub: '..'}, 'claims'],
  ['whose user is too long', {sub: 'x'.repeat(129)}, 'claims'],
];

test.each(claimFaults)('refuses a token %s before it looks for the key', async (_what, changes, fault) => {
  const token = await sign(claimsFor('ada', changes), key);
  lookedFor = 0;

  expect(await faultOf(verify(token))).toBe(`unauthenticated ${fault}`);
  expect(lookedFor).toBe(0);
});

test('refuses what is unsigned, or signed by what is no key of the issuer', async () => {
  const good = await sign(claimsFor('ada'), key);
  const [header, payload, signature] = good.split('.') as [string, string, string];
  const publicKey = await exportSPKI((await importJWK(rsa.jwk, 'RS256', {extractable: true})) as never);
  const byPublicKey = unsigned({alg: 'HS256', kid: 'two'});
  const mac = createHmac('sha256', publicKey).update(byPublicKey).digest('base64url');
  const forged = {
    'alg none': `${unsigned({alg: 'none'})}.`,
    'alg none with a signature': `${unsigned({alg: 'none', kid: 'one'})}.${signature}`,
    'alg None': `${unsigned({alg: 'None', kid: 'one'})}.${signature}`,
    'HS256 by the public key': `${byPublicKey}.${mac}`,
    'an algorithm in a list': `${unsigned({alg: ['ES256'], kid: 'one'})}.${signature}`,
    'no signature': `${header}.${payload}.`,
    'another payload': `${header}.${encode(claimsFor('eve'))}.${signature}`,
    'another header': `${encode({alg: 'ES256', kid: 'one', typ: 'x'})}.${payload}.${signature}`,
    'a signature of zeros': `${header}.${payload}.${base64url.encode(new Uint8Array(64))}`,
    "a stranger's key of that name": await sign(claimsFor('ada'), stranger),
    'a key that it brings along': await sign(claimsFor('ada'), stranger, {kid: undefined, jwk: stranger.jwk}),
    'an address that it brings along': await sign(claimsFor('ada'), stranger, {jku: 'https://evil.example'}),
    'a key of another name': await sign(claimsFor('ada'), stranger, {kid: 'unknown'}),
    'a key of another kind': await sign(claimsFor('ada'), {...ed, kid: 'one'}),
    'something critical': await sign(claimsFor('ada'), key, {crit: ['b64'], b64: true}).catch(() => 'a.b.c'),
    'a name of a key that is none': `${unsigned({alg: 'ES256', kid: 7})}.${signature}`,
    encrypted: await new EncryptJWT(claimsFor('ada'))
      .setProtectedHeader({alg: 'dir', enc: 'A128GCM'})
      .encrypt(new Uint8Array(16)),
    'no JSON': 'aGVsbG8.aGVsbG8.aGVsbG8',
    'a list of claims': `${header}.${encode([1])}.${signature}`,
  };

  const faults = await Promise.all(
    Object.entries(forged).map(async ([what, token]) => [what, (await faultOf(verify(token))).split(' ')[0]]),
  );

  expect(faults).toEqual(Object.keys(forged).map((what) => [what, 'unauthenticated']));
});

test('takes no algorithm that the issuer may not use, though its key would verify', async () => {
  const token = await sign(claimsFor('ada'), rsa);

  expect(await faultOf(verify(token, {algorithms: ['ES256']}))).toBe('unauthenticated algorithm');
  expect(await faultOf(verify(token))).toBe('taken');
});

test('clocks may differ where a token begins; its end is exact', async () => {
  const ahead = await sign(claimsFor('ada', {iat: nowSeconds() + 50}), key);
  const over = await sign(claimsFor('ada', {iat: nowSeconds() - 60, exp: nowSeconds() - 1}), key);

  expect(await faultOf(verify(ahead))).toBe('taken');
  expect(await faultOf(verify(ahead, {skewSeconds: 0}))).toBe('unauthenticated claims');
  expect(await faultOf(verify(over, {skewSeconds: 300}))).toBe('unauthenticated expired');
});

test('reads the user from the claims that the policy names', async () => {
  const claims = {externalId: 'uid', name: 'nick', displayName: 'shown'};
  const token = await sign(claimsFor('ada', {uid: 'u-7', nick: '\u202eada', shown: 'Ada L.'}), key);

  const {externalId, name, displayName} = await verify(token, {claims});

  // An unusable name counts as missing.
  expect({externalId, name, displayName}).toEqual({
    externalId: 'u-7',
    name: undefined,
    displayName: 'Ada L.',
  });
});

test('a token that names no key is verified where only one fits', async () => {
  const token = await sign(claimsFor('ada'), key, {kid: undefined});

  expect(await faultOf(verify(token))).toBe('taken');
  const second = await newKey('second');
  expect(await faultOf(verify(token, {jwks: [key.jwk, second.jwk]}))).toBe('unauthenticated key');
});

test('another spelling of the signature is the same token where it is signed out', async () => {
  const token = await sign(claimsFor('ada'), key);
  const last = token.at(-1)!;
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const respelt = token.slice(0, -1) + alphabet[alphabet.indexOf(last) ^ 1]!;

  expect(respelt).not.toBe(token);
  expect(hashOfToken(respelt)).toBe(hashOfToken(token));
  expect(hashOfToken(await sign(claimsFor('ada', {jti: '2'}), key))).not.toBe(hashOfToken(token));
});

test.each([
  '',
  'a.b',
  'aa.bb',
  'aa.bb.cc.dd',
  'aa.b b.cc',
  'aa.bb.cc=',
  `aa.${'b'.repeat(8_192)}.cc`,
  'aa.bb.',
])('%j has not the form of a JWT', (text) => {
  expect(isJwt(text)).toBe(false);
});

test('a token is taken on while the policy says so', async () => {
  const token = await verify(await sign(claimsFor('ada'), key));
  const other = await newKey('one');
  const still = (changes: object) => isStillTaken(keySets, trusted(changes), token);

  expect(await still({})).toBe(true);
  expect(await still({skewSeconds: 0, jwks: [{...key.jwk}, other.jwk].slice(0, 1)})).toBe(true);
  for (const changes of [
    {issuer: 'https://other.example'},
    {audience: 'mail'},
    {algorithms: ['RS256']},
    {maxLifeSeconds: 599},
    {claims: {externalId: 'email', name: 'name'}},
    {jwks: [other.jwk]},
    {jwks: [rsa.jwk]},
    {jwks: 'https://id.example/jwks'},
  ]) {
    expect([changes, await still(changes)]).toEqual([changes, false]);
  }
});
