import {randomUUID} from 'node:crypto';
import {request} from 'node:http';
import {gzipSync} from 'node:zlib';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {operations} from '../operations.ts';
import {password, startTestApp, type TestApp, type TestDatabase} from '../../test/support/test-app.ts';

let app: TestApp;
let database: TestDatabase;
let cookie: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const {url, prefix} = testRedis();
  app = await startTestApp({
    DATABASE_URL: database.appUrl,
    REDIS_URL: url,
    REDIS_PREFIX: prefix,
    ALLOWED_ORIGINS: 'https://shop.example',
  });
  ({cookie} = await app.register('ada'));
});
afterAll(async () => {
  await app.close();
  await database.drop();
});

const json = {'content-type': 'application/json'};
const refused = (status: number, code: string) => ({status, body: {error: {code}}});

test.each([
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/jsonp',
  'text/json',
  'application/json; charset=latin1',
])('a body of type %s is unsupported', async (type) => {
  const body = JSON.stringify({username: 'ada', password});

  const answer = await app.api('POST', '/auth/login', {headers: {'content-type': type}, body});

  expect(answer).toMatchObject(refused(415, 'unsupported'));
});

test('a body without a type, or compressed, is unsupported', async () => {
  const login = `${app.origin}/api/v1/auth/login`;
  const bytes = gzipSync(JSON.stringify({username: 'ada', password}));

  const untyped = await fetch(login, {method: 'POST', body: bytes});
  const headers = {...json, 'content-encoding': 'gzip'};
  const compressed = await fetch(login, {method: 'POST', body: bytes, headers});

  expect(untyped.status).toBe(415);
  expect(compressed.status).toBe(415);
});

test.each(['{', '"text"', '[1]', '[]', '{"a":1}}', 'null'])('the body %s is invalid', async (body) => {
  const answer = await app.api('POST', '/auth/guest', {headers: json, body});

  expect(answer).toMatchObject(refused(400, 'invalid'));
  expect(answer.text).not.toContain('node_modules');
});

test.each([
  ['missing', {username: 'ada'}],
  ['of the wrong type', {username: 'ada', password: 5}],
  ['unknown', {username: 'ada', password, admin: true}],
  ['with U+0000', {username: 'a\u0000a', password}],
  ['with an unpaired surrogate', {username: 'a\ud800a', password}],
])('a field that is %s is invalid', async (_what, body) => {
  expect(await app.api('POST', '/auth/register', {body})).toMatchObject(refused(400, 'invalid'));
});

test('__proto__ is an unknown field like any other', async () => {
  const body = `{"__proto__": {"displayName": "Eve"}}`;

  expect(await app.api('POST', '/auth/guest', {headers: json, body})).toMatchObject(refused(400, 'invalid'));
  expect(await app.api('GET', '/users?__proto__=x', {cookie})).toMatchObject(refused(400, 'invalid'));
  expect(({} as {displayName?: string}).displayName).toBeUndefined();
});

test('a field given twice is invalid', async () => {
  const twice = await app.api('GET', '/users?limit=1&limit=2', {cookie});
  const inBoth = await app.api('PATCH', '/me?displayName=Eve', {cookie, body: {displayName: 'Eve'}});

  expect(twice).toMatchObject(refused(400, 'invalid'));
  expect(inBoth).toMatchObject(refused(400, 'invalid'));
});

test.each([
  ['POST', '/auth/login?username=ada&password=correct+horse'],
  ['PATCH', '/me?displayName=Eve'],
  ['DELETE', '/me?password=correct+horse'],
])('%s %s is invalid: the fields of a change are in its body', async (method, path) => {
  const answer = await app.api(method, path, {cookie, body: {}});

  expect(answer).toMatchObject({...refused(400, 'invalid'), setCookie: undefined});
});

test('HEAD is answered as GET, its query included', async () => {
  const {status, text} = await app.api('HEAD', '/users?limit=1', {cookie});

  expect({status, text}).toEqual({status: 200, text: ''});
});

test('a body is at most as large as an event', async () => {
  const large = await app.api('POST', '/auth/guest', {body: {displayName: 'x'.repeat(64 * 1024)}});
  const small = await app.api('POST', '/auth/guest', {body: {displayName: 'x'.repeat(60 * 1024)}});

  expect(large).toMatchObject(refused(413, 'too_large'));
  expect(small).toMatchObject(refused(400, 'invalid'));
});

test.each([
  ['GET', '/api/v1/nothing'],
  ['GET', '/api'],
  ['POST', '/api/v1/users'],
  ['PUT', '/api/v1/me'],
  ['GET', '/api/v2/me'],
  ['GET', '/nothing'],
])('%s %s is not found, in JSON', async (method, path) => {
  const answer = await app.call(method, path, {cookie});

  expect(answer).toMatchObject(refused(404, 'not_found'));
  expect(answer.headers.get('content-type')).toContain('application/json');
});

/** Sends the path unchanged: `fetch` would resolve its dot segments. */
function statusOf(method: string, path: string, ownHeaders: Record<string, string> = {}): Promise<number> {
  const body = method === 'GET' ? '' : '{}';
  const headers = {...ownHeaders, 'content-type': 'application/json', 'content-length': body.length};
  return new Promise((resolve, reject) => {
    const call = request(app.origin, {method, path, headers}, (answer) => {
      answer.resume();
      resolve(answer.statusCode!);
    });
    call.on('error', reject).end(body);
  });
}

test('every route refuses a slash at its end, an empty part and a dot segment, as no address of it', async () => {
  const id = randomUUID();
  const routes = operations.flatMap(({http}) => (http ? [http] : []));
  const others = ['/openapi.json', '/asyncapi.json', '/docs', '/docs.css', '/auth/providers'].map((path) => ({
    method: 'get',
    path,
  }));
  const odd: {method: string; path: string}[] = [];
  for (const {method, path} of [...routes, ...others]) {
    const filled = `/api/v1${path}`;
    const [start, end] = [filled.slice(0, 7), filled.slice(7)];
    const forms = [
      `${filled}/`,
      `${filled}//`,
      `/${filled}`,
      `${start}/${end}`,
      `${filled}/.`,
      `${filled}/?a=1`,
    ];
    for (const name of path.match(/:\w+/g) ?? [])
      for (const part of ['', '.', '..', '%2e', '%2E%2e', '.%2E']) forms.push(filled.replace(name, part));
    for (const form of forms) odd.push({method: method.toUpperCase(), path: form.replaceAll(/:\w+/g, id)});
  }

  const wrong: string[] = [];
  for (const {method, path} of odd) {
    const status = await statusOf(method, path);
    if (status !== 404) wrong.push(`${method} ${path}: ${status}`);
  }

  expect(odd.length).toBeGreaterThan(200);
  expect(wrong).toEqual([]);
});

test.each(['/livez/', '/readyz/', '//livez', '/auth/github/', '/auth//github'])(
  'GET %s is not found',
  async (path) => {
    expect(await statusOf('GET', path)).toBe(404);
  },
);

test('a room is not closed by removing a member without an id', async () => {
  const {body} = await app.api('POST', '/rooms', {cookie, body: {title: 'Courtyard'}});
  const {id} = (body as unknown as {room: {id: string}}).room;

  expect(await statusOf('DELETE', `/api/v1/rooms/${id}/members/..`, {cookie})).toBe(404);
  expect(await statusOf('DELETE', `/api/v1/rooms/${id}/`, {cookie})).toBe(404);

  expect((await app.api('GET', `/rooms/${id}`, {cookie})).body).not.toHaveProperty('room.closedAt');
});

test('a path that cannot be decoded is invalid', async () => {
  expect(await app.api('GET', '/rooms/%ff', {cookie})).toMatchObject(refused(400, 'invalid'));
});

test('an anonymous caller is told to sign in before anything about the input', async () => {
  const answer = await app.api('GET', '/users?limit=none');

  expect(answer).toMatchObject(refused(401, 'unauthenticated'));
});

test('a page of another origin may do nothing', async () => {
  const headers = {origin: 'https://evil.example'};

  for (const [method, path] of [
    ['GET', '/users'],
    ['POST', '/auth/logout'],
    ['PATCH', '/me'],
  ] as const) {
    const answer = await app.api(method, path, {cookie, headers});
    expect(answer).toMatchObject(refused(403, 'forbidden'));
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
  }
  const preflight = await app.api('OPTIONS', '/me', {
    headers: {...headers, 'access-control-request-method': 'PATCH'},
  });
  expect(preflight.status).toBe(403);
});

test('a page of an allowed origin may do everything, with its cookie', async () => {
  const headers = {origin: 'https://shop.example'};

  const preflight = await app.api('OPTIONS', '/me', {
    headers: {...headers, 'access-control-request-method': 'PATCH'},
  });
  const answer = await app.api('GET', '/users', {cookie, headers});

  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('access-control-allow-origin')).toBe('https://shop.example');
  expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
  expect(answer.headers.get('vary')).toContain('Origin');
});

test('a page of the own origin may write', async () => {
  const headers = {origin: app.origin};

  expect((await app.api('PATCH', '/me', {cookie, headers, body: {displayName: 'Ada'}})).status).toBe(200);
});

test('without an origin, another site may not write', async () => {
  const headers = {'sec-fetch-site': 'cross-site'};

  expect(await app.api('POST', '/auth/logout', {cookie, headers})).toMatchObject(refused(403, 'forbidden'));
});

test('answers are not stored, not sniffed, not framed, and say nothing of what serves them', async () => {
  const {headers} = await app.api('GET', '/users', {cookie});

  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('x-frame-options')).toBe('DENY');
  expect(headers.has('x-powered-by')).toBe(false);
  expect(headers.has('strict-transport-security')).toBe(false);
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('a fault is answered as internal and tells nothing', async () => {
  const {passwords} = app.node;
  app.node.passwords = {...passwords, hash: () => Promise.reject(new Error('select secrets'))};

  const answer = await app.api('POST', '/auth/register', {body: {username: 'grace', password}});

  app.node.passwords = passwords;
  expect(answer).toMatchObject(refused(500, 'internal'));
  expect(answer.text).not.toContain('secrets');
});

test('readiness follows the state of the node, liveness does not', async () => {
  expect(await app.call('GET', '/readyz')).toMatchObject({status: 200});
  app.state.isReady = false;

  expect(await app.call('GET', '/readyz')).toMatchObject({status: 503});
  expect(await app.call('GET', '/livez')).toMatchObject({status: 200});
  app.state.isReady = true;
});

test('the wire is described to anyone who asks', async () => {
  expect(await app.api('GET', '/openapi.json')).toMatchObject({status: 200, body: {openapi: '3.1.0'}});
  expect(await app.api('GET', '/asyncapi.json')).toMatchObject({status: 200, body: {asyncapi: '3.0.0'}});
});

test('people read the same as a page that needs no script and no style of its own', async () => {
  const page = await fetch(`${app.origin}/api/v1/docs`);
  const html = await page.text();

  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
  expect(html).not.toMatch(/<script|<style| style=| on\w+=/);
  const [, stylesheet = ''] = /<link rel="stylesheet" href="([^"]+)">/.exec(html) ?? [];
  const style = await fetch(new URL(stylesheet, page.url));
  expect([style.status, style.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
});
