import {findRoomAccess} from '@madang/database/rooms/rooms';
import {disableUser} from '@madang/database/users/users';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {sign} from 'cookie-signature';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {newSessionId, tokenOf} from '../../identity/session-ids.ts';
import {password, startTestApp, type TestApp, type TestDatabase} from '../../../test/support/test-app.ts';

const secrets = ['s'.repeat(32)];
let app: TestApp;
let database: TestDatabase;
let env: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  const {url, prefix} = testRedis();
  env = {DATABASE_URL: database.appUrl, REDIS_URL: url, REDIS_PREFIX: prefix, TRUST_PROXY: '1'};
  app = await startTestApp(env);
});
beforeEach(() => void (app.signals.length = 0));
afterAll(async () => {
  await app.close();
  await database.drop();
});

const isSignedIn = async (cookie: string) => (await app.api('GET', '/users', {cookie})).status === 200;
const login = (username: string, given = password, headers = {}) =>
  app.api('POST', '/auth/login', {body: {username, password: given}, headers});
const unauthenticated = {status: 401, body: {error: {code: 'unauthenticated'}}};
const wrongPassword = {status: 403, body: {error: {code: 'wrong_password'}}};

const sessionHashOf = (cookie: string) => {
  const credential = app.identify.credentialOf({cookie});
  if (!credential || credential.from === 'key' || credential.from === 'jwt')
    throw new Error('no cookie of a session');
  return credential.sessionHash;
};

/** Presents the same session as an app without cookies does. */
const bearer = (cookie: string) => {
  const value = decodeURIComponent(cookie.split('=')[1] ?? '');
  return {authorization: `Bearer mds_${value.slice(2)}`};
};

test.each(['password', '12345678', 'aaaaaaaa', 'Password1!'])(
  'the password %s is refused to who registers and to who changes theirs, with what to do',
  async (guessable) => {
    const refused = {
      status: 400,
      body: {
        error: {
          code: 'invalid',
          message: expect.stringContaining('Choose'),
          details: {reason: 'guessable_password'},
        },
      },
    };
    const {cookie} = await app.register(`careful-${guessable.replace('!', '')}`);

    expect(
      await app.api('POST', '/auth/register', {body: {username: 'careless', password: guessable}}),
    ).toMatchObject(refused);
    expect(
      await app.api('PATCH', '/me', {cookie, body: {password: {current: password, next: guessable}}}),
    ).toMatchObject(refused);
  },
);

test('registering makes an account, a member of general, and signs it in', async () => {
  const {status, body, cookie, setCookie} = await app.api('POST', '/auth/register', {
    body: {username: 'Ada', password, displayName: 'Ada L.'},
  });

  expect(status).toBe(201);
  expect(body).toEqual({
    user: {
      id: expect.any(String),
      kind: 'account',
      name: 'Ada',
      displayName: 'Ada L.',
      color: expect.stringMatching(/^#[0-9a-f]{6}$/),
      createdAt: expect.any(String),
    },
  });
  expect(setCookie).toMatch(/^madang=s%3A.+; Path=\/; Expires=.+; HttpOnly; SameSite=Lax$/);
  expect(await isSignedIn(cookie!)).toBe(true);
  const tenant = await app.identify.tenantOf({headers: {}, socket: {}});
  const general = {tenantId: tenant.id, roomId: tenant.defaultRoomIds[0]!, userId: body.user!.id};
  expect((await findRoomAccess(app.node.db, general))?.membership?.role).toBe('member');
});

test('a name is taken only once, whatever its case', async () => {
  await app.register('grace');

  const again = await app.api('POST', '/auth/register', {body: {username: 'GRACE', password}});

  expect(again).toMatchObject({status: 409, body: {error: {code: 'conflict'}}, setCookie: undefined});
});

test('signing in gives the session a new id and ends the one before', async () => {
  const {cookie: first} = await app.register('edith');

  const {cookie: second} = await app.api('POST', '/auth/login', {
    body: {username: 'EDITH', password},
    cookie: first,
  });

  expect(second).not.toBe(first);
  expect(await isSignedIn(second!)).toBe(true);
  expect(await app.api('GET', '/users', {cookie: first})).toMatchObject(unauthenticated);
  expect(app.signals).toMatchObject([{kind: 'session', sessionHash: expect.any(String)}]);
});

test.each([
  ['unsigned', (id: string) => id],
  ['signed by another', (id: string) => encodeURIComponent(`s:${sign(id, 'x'.repeat(32))}`)],
  ['of a session never begun', (id: string) => encodeURIComponent(`s:${sign(id, secrets[0]!)}`)],
])('a planted cookie, %s, is not signed in by a sign-in', async (_what, make) => {
  const {user} = await app.register(`mary${_what.length}`);
  const planted = `madang=${make(newSessionId({userId: user.id, epoch: 0}))}`;

  const {cookie} = await app.api('POST', '/auth/login', {
    body: {username: user.name, password},
    cookie: planted,
  });

  expect(cookie).not.toBe(planted);
  expect(await isSignedIn(planted)).toBe(false);
  expect(await isSignedIn(cookie!)).toBe(true);
});

test('signing out ends the session and no other, and clears the cookie', async () => {
  const {cookie: desk} = await app.register('joan');
  const {cookie: phone} = await login('joan');

  const {status, text, setCookie} = await app.api('POST', '/auth/logout', {cookie: desk});

  expect({status, text}).toEqual({status: 204, text: ''});
  expect(setCookie).toMatch(/^madang=; Path=\/; Expires=Thu, 01 Jan 1970.+HttpOnly; SameSite=Lax$/);
  expect(await isSignedIn(desk)).toBe(false);
  expect(await isSignedIn(phone!)).toBe(true);
  expect(app.signals).toMatchObject([{kind: 'session'}]);
});

test('signing out everywhere ends them all', async () => {
  const {cookie: desk, user} = await app.register('jean');
  const {cookie: phone} = await login('jean');

  const {status} = await app.api('POST', '/auth/logout', {cookie: desk, body: {everywhere: true}});

  expect(status).toBe(204);
  expect(await isSignedIn(desk)).toBe(false);
  expect(await isSignedIn(phone!)).toBe(false);
  expect(app.signals).toEqual([{kind: 'user', userId: user.id}]);
});

test('a session that has ended can end no other', async () => {
  const {cookie: desk} = await app.register('betty');
  const {cookie: phone} = await login('betty');
  await app.api('POST', '/auth/logout', {cookie: desk});

  const late = await app.api('POST', '/auth/logout', {cookie: desk, body: {everywhere: true}});

  expect(late).toMatchObject(unauthenticated);
  expect(await isSignedIn(phone!)).toBe(true);
  expect(await app.api('POST', '/auth/logout')).toMatchObject(unauthenticated);
});

test('signing out takes a cookie back whose session has ended already', async () => {
  const {cookie: desk} = await app.register('annie');
  await app.api('POST', '/auth/logout', {cookie: desk});

  const again = await app.api('POST', '/auth/logout', {cookie: desk});

  expect(again).toMatchObject({...unauthenticated, setCookie: expect.stringMatching(/^madang=; .*1970/)});
});

test('a client that sends a token is given no cookie, which it would send beside it', async () => {
  const {cookie} = await app.register('maud');
  const {cookie: other} = await app.register('cecilia');

  for (const [path, body] of [
    ['/auth/guest', {}],
    ['/auth/login', {username: 'cecilia', password}],
    ['/auth/register', {username: 'nettie', password}],
  ] as const) {
    const answer = await app.api('POST', path, {headers: bearer(cookie), body});
    expect(answer).toMatchObject({status: 400, body: {error: {code: 'invalid'}}, setCookie: undefined});
  }

  expect(await app.api('GET', '/users', {headers: bearer(cookie)})).toMatchObject({status: 200});
  expect(await isSignedIn(other)).toBe(true);
  expect(await app.register('nettie')).toMatchObject({user: {name: 'nettie'}});
});

test('a token is the same session without a cookie', async () => {
  const {cookie} = await app.register('kay');

  const asked = await app.api('GET', '/users', {headers: bearer(cookie)});
  const both = await app.api('GET', '/users', {headers: bearer(cookie), cookie});
  const left = await app.api('POST', '/auth/logout', {headers: bearer(cookie)});

  expect(asked).toMatchObject({status: 200, setCookie: undefined});
  expect(both).toMatchObject({status: 400, body: {error: {code: 'invalid'}}});
  expect(left).toMatchObject({status: 204, setCookie: undefined});
  expect(await isSignedIn(cookie)).toBe(false);
});

test.each([
  'Bearer',
  'Bearer ',
  'Bearer mds_nothing',
  'Bearer mds_a b',
  'Bearer mdk_nothing',
  `Bearer ${tokenOf('x.y', ['o'.repeat(32)])}`,
])('the token %s is no credential', async (authorization) => {
  expect(await app.api('GET', '/users', {headers: {authorization}})).toMatchObject(unauthenticated);
});

test('a proxy may use another authorization scheme beside the cookie', async () => {
  const {cookie} = await app.register('ruth');

  const {status} = await app.api('GET', '/users', {cookie, headers: {authorization: 'Basic YTpi'}});

  expect(status).toBe(200);
});

test('a proxy may add a token of its own beside the cookie, and before there is one', async () => {
  const foreign = 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL3Byb3h5LmV4YW1wbGUifQ.c2ln';
  for (const authorization of ['Bearer ya29.opaque', `Bearer ${foreign}`]) {
    const headers = {authorization};
    const guest = await app.api('POST', '/auth/guest', {headers, body: {}});
    const {cookie = ''} = guest;

    expect(guest.status).toBe(201);
    expect((await app.api('GET', '/users', {cookie, headers})).status).toBe(200);
    expect(await app.api('GET', '/users', {headers})).toMatchObject(unauthenticated);
    expect((await app.api('POST', '/auth/logout', {cookie, headers})).status).toBe(204);
    expect(await isSignedIn(cookie)).toBe(false);
  }
});

test('an unknown name and a wrong password are answered alike', async () => {
  await app.register('evelyn');

  const wrong = await login('evelyn', 'not it at all');
  const unknown = await login('nobody-here', 'not it at all');

  expect(wrong).toMatchObject({...wrongPassword, setCookie: undefined});
  expect(unknown.body).toEqual(wrong.body);
  expect(unknown.status).toBe(wrong.status);
});

test('an unknown name costs the work of a wrong password', async () => {
  const {passwords} = app.node;
  let compared = 0;
  app.node.passwords = {...passwords, verify: (...given) => ((compared += 1), passwords.verify(...given))};

  await login('nobody-at-all', 'not it at all');

  app.node.passwords = passwords;
  expect(compared).toBe(1);
});

test('ten wrong passwords stop further guesses from that address, and not the owner elsewhere', async () => {
  await app.register('hedy');
  const from = (address: string) => ({'x-forwarded-for': `6.6.6.6, ${address}`});
  for (let guess = 0; guess < 10; guess += 1) {
    expect(await login('hedy', `guess number ${guess}`, from('192.0.2.1'))).toMatchObject(wrongPassword);
  }

  const refused = await login('Hedy', password, from('192.0.2.1'));

  expect(refused).toMatchObject({status: 429, body: {error: {code: 'rate_limited', retryable: true}}});
  const retryAfter = Number(refused.headers.get('retry-after'));
  expect(retryAfter).toBeGreaterThan(60);
  expect(retryAfter).toBe(Math.ceil(refused.body.error!.retryAfterMs! / 1_000));
  expect((await login('hedy', password, from('192.0.2.2'))).status).toBe(200);
});

test('a new password ends every session but the calling one', async () => {
  const {cookie: desk} = await app.register('lise');
  const {cookie: phone} = await login('lise');
  const next = 'battery staple';
  const change = (current: string, cookie: string) =>
    app.api('PATCH', '/me', {cookie, body: {password: {current, next}, displayName: 'Lise M.'}});

  expect(await change('not it at all', desk)).toMatchObject(wrongPassword);
  expect(await isSignedIn(phone!)).toBe(true);
  expect(await change(password, desk)).toMatchObject({status: 200, body: {user: {displayName: 'Lise M.'}}});

  expect(await isSignedIn(desk)).toBe(true);
  expect(await isSignedIn(phone!)).toBe(false);
  expect(await login('lise')).toMatchObject(wrongPassword);
  expect((await login('lise', next)).status).toBe(200);
});

test('a guest gets a name and a colour, and no password', async () => {
  const {status, body, cookie} = await app.api('POST', '/auth/guest', {body: {}});

  expect(status).toBe(201);
  expect(body.user).toMatchObject({
    kind: 'guest',
    name: expect.stringMatching(/^guest-[a-z0-9]{4}$/),
    color: expect.stringMatching(/^#[0-9a-f]{6}$/),
  });
  const change = {password: {current: 'whatever', next: 'battery staple'}};
  expect(await app.api('PATCH', '/me', {cookie, body: change})).toMatchObject({status: 403});
  expect(await app.api('DELETE', '/me', {cookie})).toMatchObject({status: 204});
  expect(await isSignedIn(cookie!)).toBe(false);
});

test(
  'an address makes at most 600 guests a minute, and no other address is held up',
  {timeout: 60_000},
  async () => {
    const guest = (address: string) =>
      app.api('POST', '/auth/guest', {body: {}, headers: {'x-forwarded-for': address}});
    const startedAt = performance.now();
    const answers: number[] = [];
    while (!answers.includes(429) && answers.length < 1_500) {
      const made = await Promise.all(Array.from({length: 50}, () => guest('192.0.2.3')));
      answers.push(...made.map(({status}) => status));
    }

    // The limit comes first: an attempt that a busy machine refuses afterwards has passed it, too.
    const passed = answers.filter((status) => status !== 429);
    const comeBack = ((performance.now() - startedAt) / 60_000) * 600;
    expect(passed.filter((status) => status !== 201 && status !== 503)).toEqual([]);
    expect(passed.length).toBeGreaterThanOrEqual(600);
    expect(passed.length).toBeLessThanOrEqual(600 + Math.ceil(comeBack));
    expect((await guest('192.0.2.4')).status).not.toBe(429);
  },
);

test('guests may share a name, but not take one that an account has', async () => {
  await app.register('sofia');
  const guest = (displayName: string) => app.api('POST', '/auth/guest', {body: {displayName}});

  expect(await guest('Sofia')).toMatchObject({status: 409, body: {error: {code: 'conflict'}}});
  expect(await guest('Nora')).toMatchObject({status: 201, body: {user: {name: 'Nora'}}});
  expect(await guest('Nora')).toMatchObject({status: 201, body: {user: {name: 'Nora'}}});
});

test('an account is deleted only with its password, and then signed out everywhere', async () => {
  const {cookie, user} = await app.register('emmy');
  const {cookie: phone} = await login('emmy');

  expect(await app.api('DELETE', '/me', {cookie})).toMatchObject(wrongPassword);
  expect(await app.api('DELETE', '/me', {cookie, body: {password: 'not it at all'}})).toMatchObject(
    wrongPassword,
  );
  app.signals.length = 0;
  expect(await app.api('DELETE', '/me', {cookie, body: {password}})).toMatchObject({
    status: 204,
    text: '',
    setCookie: expect.stringMatching(/^madang=; .*1970/),
  });

  expect(app.signals).toEqual([{kind: 'user', userId: user.id}]);
  expect(await isSignedIn(cookie)).toBe(false);
  expect(await isSignedIn(phone!)).toBe(false);
  expect(await login('emmy')).toMatchObject(wrongPassword);
});

test('a disabled account is out, and learns why only with the right password', async () => {
  const {cookie, user} = await app.register('rosa');
  const {id: tenantId} = await app.identify.tenantOf({headers: {}, socket: {}});

  await disableUser(app.node.db, {tenantId, userId: user.id});

  expect(await isSignedIn(cookie)).toBe(false);
  expect(await login('rosa', 'not it at all')).toMatchObject(wrongPassword);
  expect(await login('rosa')).toMatchObject({status: 403, body: {error: {code: 'forbidden'}}});
});

test('the store holds the hash of the id alone, and forgets a session that is not used', async () => {
  const {cookie} = await app.register('vera');
  const sessionHash = sessionHashOf(cookie);
  const key = app.redis.keys.sessions + sessionHash;
  await app.redis.sessions.expire(key, 100);

  await isSignedIn(cookie);

  expect(await app.redis.sessions.ttl(key)).toBeGreaterThan(1_209_000);
  await app.redis.sessions.expire(key, 100);
  await app.identify.touch([{user: {id: 'x', kind: 'account', name: 'x', color: '#000000'}, sessionHash}]);
  expect(await app.redis.sessions.ttl(key)).toBeGreaterThan(1_209_000);
  await app.redis.sessions.del(key);
  expect(await isSignedIn(cookie)).toBe(false);
});

test('a session ends after its longest time however much it is used', async () => {
  const {cookie} = await app.register('alma');
  const key = app.redis.keys.sessions + sessionHashOf(cookie);
  const record = JSON.parse((await app.redis.sessions.get(key))!);
  const longestMs = app.node.config.SESSION_MAX_SECONDS * 1_000;

  await app.redis.sessions.set(key, JSON.stringify({...record, createdAt: Date.now() - longestMs + 60_000}));
  expect(await isSignedIn(cookie)).toBe(true);
  await app.redis.sessions.set(key, JSON.stringify({...record, createdAt: Date.now() - longestMs}));
  expect(await isSignedIn(cookie)).toBe(false);
});

test('a record that is none of ours signs nobody in', async () => {
  const {cookie} = await app.register('ida');
  const key = app.redis.keys.sessions + sessionHashOf(cookie);

  for (const record of ['{}', '[]', 'null', 'nonsense']) {
    await app.redis.sessions.set(key, record);
    expect(await isSignedIn(cookie)).toBe(false);
  }
});

test('over https the cookie is Secure and bound to its host, whatever the last proxy says', async () => {
  const secure = await startTestApp({...env, PUBLIC_URL: 'https://chat.example'});

  const {setCookie, cookie} = await secure.api('POST', '/auth/guest', {body: {}});

  expect(setCookie).toMatch(/^__Host-madang=.+; Path=\/; Expires=.+; HttpOnly; Secure; SameSite=Lax$/);
  expect((await secure.api('GET', '/users', {cookie})).status).toBe(200);
  await secure.close();
});

test('a secret rotated out of first place still verifies cookies', async () => {
  const {cookie} = await app.register('olga');
  const rotated = await startTestApp({...env, SESSION_SECRET: `${'t'.repeat(32)},${'s'.repeat(32)}`});

  expect((await rotated.api('GET', '/users', {cookie})).status).toBe(200);
  await rotated.close();
});
