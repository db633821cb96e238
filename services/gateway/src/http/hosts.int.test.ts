import {once} from 'node:events';
import {request, type IncomingHttpHeaders, type IncomingMessage} from 'node:http';
import {text} from 'node:stream/consumers';
import {newSecret} from '@madang/database/access/secrets';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {startTestApp, type TestApp, type TestDatabase} from '../../test/support/test-app.ts';

let database: TestDatabase;
let env: Record<string, string>;
let open: TestApp;
let named: TestApp;
beforeAll(async () => {
  database = await createTestDatabase();
  const {url, prefix} = testRedis();
  env = {DATABASE_URL: database.appUrl, REDIS_URL: url, REDIS_PREFIX: prefix};
  open = await startTestApp(env);
  named = await startTestApp({
    ...env,
    PUBLIC_URL: 'https://chat.example',
    ALLOWED_HOSTS: 'Chat.internal, 10.1.2.3',
  });
});
afterAll(async () => {
  await open.close();
  await named.close();
  await database.drop();
});

/** Unlike fetch, node:http lets the Host be chosen. */
async function ask(
  app: TestApp,
  host: string,
  path = '/api/v1/auth/providers',
  headers: IncomingHttpHeaders = {},
) {
  const asking = request(app.origin + path, {headers: {...headers, host}}).end();
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  const body = await text(answer);
  return {status: answer.statusCode, body, headers: answer.headers};
}

test.each([
  'chat.example',
  'CHAT.example:8443',
  'chat.internal:3000',
  '10.1.2.3',
  '127.0.0.1',
  'localhost:3000',
])('answers under %s, which is its own', async (host) => {
  expect(await ask(named, host)).toMatchObject({status: 200});
});

test.each([
  'evil.example',
  'chat.example.evil.example',
  'evil.chat.example',
  'chat.example.',
  '10.1.2.4',
  'a/b',
])('answers 421 under %s, and does not allow its pages', async (host) => {
  for (const path of ['/api/v1/auth/providers', '/api/v1/openapi.json', '/', '/auth/github']) {
    const {status, body, headers} = await ask(named, host, path, {origin: `http://${host}`});
    expect([path, status]).toEqual([path, 421]);
    expect(JSON.parse(body)).toMatchObject({error: {code: 'misdirected', retryable: false}});
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
});

test('answers probes under every name', async () => {
  for (const host of ['health', '10.244.0.7:3000']) {
    for (const path of ['/livez', '/readyz']) expect((await ask(named, host, path)).status).toBe(200);
  }
});

test('answers under every name while none is known to be its own', async () => {
  for (const host of ['evil.example', '192.168.0.7:3000', 'living-room.local']) {
    expect((await ask(open, host)).status).toBe(200);
  }
});

test('does not take for a service key what only begins like one, or what nobody was given', async () => {
  const statusWith = async (key: string) =>
    (await ask(named, 'evil.example', '/api/v1/me', {authorization: `Bearer ${key}`})).status;

  expect(await statusWith('mdk_forged')).toBe(421);
  expect(await statusWith(newSecret('mdk_'))).toBe(401);
});
