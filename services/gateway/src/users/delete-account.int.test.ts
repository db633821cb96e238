import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {password, startTestApp, type TestApp, type TestDatabase} from '../../test/support/test-app.ts';

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

test('a deleted account leaves no list of where it has signed in', async () => {
  const {cookie, user} = await app.register('leaves-nothing');
  const key = app.redis.keys.userSessions(user.id);
  const entries = () => app.redis.sessions.hlen(key);
  await waitFor(async () => (await entries()) === 1, {timeoutMs: 10_000, what: 'the list'});

  expect(await app.api('DELETE', '/me', {cookie, body: {password}})).toMatchObject({status: 204});

  await waitFor(async () => (await entries()) === 0, {timeoutMs: 10_000, what: 'the list to be gone'});
});
