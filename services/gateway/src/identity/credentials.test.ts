import {hashOfSecret, newSecret} from '@madang/database/access/secrets';
import {sign} from 'cookie-signature';
import {expect, test} from 'vitest';
import {createCredentialReader, withoutForeign, type CredentialConfig} from './credentials.ts';
import {newSessionId, parseSessionId, tokenOf} from './session-ids.ts';

const secrets = ['s'.repeat(32)];
const config: CredentialConfig = {
  SESSION_SECRET: secrets,
  COOKIE_NAME: 'madang',
  COOKIE_SAME_SITE: 'lax',
  SESSION_MAX_SECONDS: 1,
  PUBLIC_URL: undefined,
};
const credentialOf = createCredentialReader(config);

const id = newSessionId({userId: '01890a5d-ac96-774b-bcce-b302099a8057', epoch: 2});
const session = parseSessionId(id);
const token = tokenOf(id, secrets);
const cookie = `other=1; madang=${encodeURIComponent(`s:${sign(id, secrets[0]!)}`)}`;
const bearer = {authorization: `Bearer ${token}`};

test('reads a cookie, a bearer token and a handshake token alike', () => {
  expect(credentialOf({cookie})).toEqual({...session, from: 'cookie'});
  expect(credentialOf(bearer)).toEqual({...session, from: 'token'});
  expect(credentialOf({}, {token})).toEqual({...session, from: 'token'});
  expect(credentialOf({}, {token: undefined})).toBeUndefined();
  expect(credentialOf({}, undefined)).toBeUndefined();
});

test('reads a service key as one, however it comes, and keeps but its hash', () => {
  const key = newSecret('mdk_');
  const read = {from: 'key', keyHash: hashOfSecret(key)};

  expect(credentialOf({authorization: `Bearer ${key}`})).toEqual(read);
  expect(credentialOf({}, {token: key})).toEqual(read);
  expect(() => credentialOf({cookie, authorization: `Bearer ${key}`})).toThrow(
    expect.objectContaining({code: 'invalid'}),
  );
});

test.each([
  '',
  'wrong',
  'x'.repeat(43),
  'A'.repeat(42),
  'A'.repeat(44),
  `${'A'.repeat(42)}+`,
  `${'A'.repeat(43)}\n`,
])('refuses mdk_%j, which is the form of no key, without asking anyone', (rest) => {
  expect(() => credentialOf({}, {token: `mdk_${rest}`})).toThrow(
    expect.objectContaining({code: 'unauthenticated'}),
  );
});

test('takes every key that is made for one', () => {
  for (let count = 0; count < 1_000; count += 1) {
    expect(credentialOf({}, {token: newSecret('mdk_')})).toMatchObject({from: 'key'});
  }
});

test('reads a JWT as one, however it comes, and asks nobody', () => {
  const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln';

  expect(credentialOf({authorization: `Bearer ${jwt}`})).toEqual({from: 'jwt', jwt});
  expect(credentialOf({}, {token: jwt})).toEqual({from: 'jwt', jwt});
  for (const token of ['a.b', 'aa.bb.cc.dd', 'aa.bb.c c', `${jwt}=`]) {
    expect(() => credentialOf({}, {token})).toThrow(expect.objectContaining({code: 'unauthenticated'}));
  }
});

test('refuses two credentials, also of the same session', () => {
  const invalid = expect.objectContaining({code: 'invalid'});

  expect(() => credentialOf({cookie, ...bearer})).toThrow(invalid);
  expect(() => credentialOf({cookie}, {token})).toThrow(invalid);
  expect(() => credentialOf(bearer, {token})).toThrow(invalid);
  expect(() => credentialOf({}, {token: 5})).toThrow(invalid);
});

test('beside a credential, passes over an Authorization that is a proxy’s own, and leaves a JWT to the policy', () => {
  const jwt = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln';

  for (const authorization of ['Bearer opaque', 'Bearer', 'Basic YTpi', 'Bearer ya29.a0Af_x']) {
    expect(credentialOf({cookie, authorization})).toEqual({...session, from: 'cookie'});
    expect(credentialOf({authorization}, {token})).toEqual({...session, from: 'token'});
  }
  const authorization = `Bearer ${jwt}`;
  expect(credentialOf({cookie, authorization})).toEqual({...session, from: 'cookie', besideJwt: jwt});
  expect(credentialOf({authorization}, {token})).toEqual({...session, from: 'token', besideJwt: jwt});
});

test('of what proxies add, keeps only what could be ours', () => {
  for (const ours of [bearer.authorization, 'Bearer mdk_x', 'Bearer mds_x', 'Bearer aa.bb.cc'])
    expect(withoutForeign({cookie, authorization: ours})).toEqual({cookie, authorization: ours});
  expect(withoutForeign({cookie, authorization: 'Bearer opaque'})).toEqual({cookie});
});

test('takes a cookie with a wrong signature for none, and refuses such a token', () => {
  const spoilt = cookie.slice(0, -2);

  expect(credentialOf({cookie: spoilt})).toBeUndefined();
  expect(credentialOf({cookie: spoilt, ...bearer})).toEqual({...session, from: 'token'});
  expect(() => credentialOf({}, {token: token.slice(0, -2)})).toThrow(
    expect.objectContaining({code: 'unauthenticated'}),
  );
});

test.each(['__proto__=x', 'constructor=x', 'madang', '=', 'madang=%', ';;;'])(
  'reads nothing from %s',
  (odd) => {
    expect(credentialOf({cookie: odd})).toBeUndefined();
  },
);
