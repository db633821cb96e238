import {createTestDatabase} from '@madang/testkit/database';
import {startPrivateRedis, type PrivateRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {password, startTestApp, type TestApp, type TestDatabase} from '../../test/support/test-app.ts';

let app: TestApp;
let redis: PrivateRedis;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  redis = await startPrivateRedis({appendOnly: true});
  app = await startTestApp({DATABASE_URL: database.appUrl, REDIS_URL: redis.url});
});
afterAll(async () => {
  await app.close();
  await redis.close();
  await database.drop();
});

const isUp = () => waitFor(() => app.redis.isUp(), {timeoutMs: 10_000, what: 'Redis'});
const unavailable = {status: 503, body: {error: {code: 'unavailable', retryable: true}}};

beforeEach(isUp);

test('without Redis nobody is taken for anonymous, and signing out works for good', async () => {
  const {cookie} = await app.register('ada');
  const {cookie: other} = await app.api('POST', '/auth/login', {body: {username: 'ada', password}});
  await redis.stop();

  expect(await app.api('GET', '/users', {cookie})).toMatchObject(unavailable);
  expect(await app.api('POST', '/auth/logout', {cookie})).toMatchObject({status: 204});
  expect(app.signals.at(-1)).toMatchObject({kind: 'session'});
  const again = await app.api('POST', '/auth/logout', {cookie, body: {everywhere: true}});
  expect(again).toMatchObject({status: 401});

  await redis.start();
  await isUp();
  expect(await app.api('GET', '/users', {cookie})).toMatchObject({status: 401});
  expect(await app.api('GET', '/users', {cookie: other})).toMatchObject({status: 200});
});

test('a sign-in that cannot be stored gives no cookie', async () => {
  const {cookie} = await app.register('grace');
  await redis.kill();

  const login = await app.api('POST', '/auth/login', {body: {username: 'grace', password}, cookie});

  expect(login).toMatchObject({...unavailable, setCookie: undefined});
  await redis.start();
  await isUp();
  expect((await app.api('GET', '/users', {cookie})).status).toBe(200);
});

test('a registration that could not be signed in does not take the name', async () => {
  await redis.kill();
  const register = () => app.api('POST', '/auth/register', {body: {username: 'edith', password}});

  expect(await register()).toMatchObject({...unavailable, setCookie: undefined});
  await redis.start();
  await isUp();
  expect(await register()).toMatchObject({status: 201});
});

test('a Redis that does not answer is no reason to wait long', async () => {
  const {cookie} = await app.register('joan');
  redis.pause();
  const startedAt = performance.now();

  expect(await app.api('GET', '/users', {cookie})).toMatchObject(unavailable);
  expect(await app.api('POST', '/auth/logout', {cookie})).toMatchObject({status: 204});

  expect(performance.now() - startedAt).toBeLessThan(3_000);
  redis.resume();
});
