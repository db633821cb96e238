import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {password, startTestApp, type TestApp, type TestDatabase} from '../../../test/support/test-app.ts';

let app: TestApp;
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  const {url, prefix} = testRedis();
  app = await startTestApp({DATABASE_URL: database.appUrl, REDIS_URL: url, REDIS_PREFIX: prefix});
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const enter = () => app.api('POST', '/auth/guest', {body: {}});
const keep = (username: string, cookie?: string, given = password) =>
  app.api('POST', '/auth/register', {
    body: {username, password: given, keep: true},
    ...(cookie === undefined ? {} : {cookie}),
  });
const me = async (cookie: string) => app.api('GET', '/me', {cookie});

test('a guest becomes an account under the same id, and only the new session is good', async () => {
  const entered = await enter();

  const kept = await keep('sora', entered.cookie!);

  expect(kept.body.user).toMatchObject({id: entered.body.user!.id, kind: 'account', name: 'sora'});
  expect((await me(entered.cookie!)).status).toBe(401);
  expect((await me(kept.cookie!)).body.user).toMatchObject({id: entered.body.user!.id, kind: 'account'});
  const elsewhere = await app.api('POST', '/auth/login', {body: {username: 'sora', password}});
  expect(elsewhere.body.user!.id).toBe(entered.body.user!.id);
});

test('without a session nobody is kept, and who has an account keeps that', async () => {
  expect(await keep('nobody')).toMatchObject({status: 401, body: {error: {code: 'unauthenticated'}}});
  const {cookie} = await app.register('areum');

  const refused = await keep('areum-2', cookie!);

  expect(refused).toMatchObject({
    status: 403,
    body: {error: {code: 'forbidden', details: {reason: 'no_guest'}}},
  });
  expect((await me(cookie!)).status).toBe(200);
});

test('a guest whose name or password is refused goes on as a guest', async () => {
  await app.register('taken');
  const {cookie, body} = await enter();

  expect(await keep('Taken', cookie!)).toMatchObject({status: 409});
  expect(await keep('fine', cookie!, 'password')).toMatchObject({status: 400});

  expect((await me(cookie!)).body.user).toMatchObject({id: body.user!.id, kind: 'guest'});
});
