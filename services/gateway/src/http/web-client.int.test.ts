import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {request} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {startTestApp, type TestApp, type TestDatabase} from '../../test/support/test-app.ts';

const html =
  '<!doctype html><title>Courtyard</title><script type="module" src="/assets/app-3f2a.js"></script>';
const script = `export const words = ${JSON.stringify(Array.from({length: 500}, (_, no) => `word ${no}`))};`;

let dir: string;
let database: TestDatabase;
let app: TestApp;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'madang-web-'));
  mkdirSync(join(dir, 'assets'));
  writeFileSync(join(dir, 'index.html'), html);
  writeFileSync(join(dir, 'assets', 'app-3f2a.js'), script);
  writeFileSync(join(dir, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  writeFileSync(join(dir, '.secret'), 'secret');
  writeFileSync(join(dir, 'pages.json'), '["/", "/sign-in", "/rooms/:roomId"]');
  database = await createTestDatabase();
  const {url, prefix} = testRedis();
  app = await startTestApp({
    DATABASE_URL: database.appUrl,
    REDIS_URL: url,
    REDIS_PREFIX: prefix,
    WEB_DIR: dir,
  });
});
afterAll(async () => {
  await app.close();
  await database.drop();
  rmSync(dir, {recursive: true, force: true});
});

/** Sends the path unchanged: fetch would decode and normalize it. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  return new Promise<{status: number; headers: Record<string, unknown>; bytes: number}>((resolve, reject) => {
    const asked = request(app.origin, {path, headers, method}, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => (bytes += chunk.length));
      answer.on('end', () => resolve({status: answer.statusCode!, headers: answer.headers, bytes}));
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('a page of the client is one page under each of its addresses, and asked for each time', async () => {
  for (const address of ['/', '/sign-in?error=denied', '/rooms/0193e7a0-0000-7000-8000-000000000001']) {
    const {status, headers, text} = await app.call('GET', address);

    expect([address, status, text]).toEqual([address, 200, html]);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('cache-control')).toBe('no-cache');
    const again = await get(address, {'if-none-match': headers.get('etag')!});
    expect(again).toMatchObject({status: 304, bytes: 0});
  }
});

test('pages run only what came from the cluster, and talk only to it', async () => {
  const {headers} = await app.call('GET', '/');

  const policy = headers.get('content-security-policy')!;
  for (const part of [
    "default-src 'self'",
    "script-src 'self'",
    "object-src 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]) {
    expect(policy.split(';')).toContain(part);
  }
  expect(policy).not.toContain('unsafe');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  const permissions = headers.get('permissions-policy')!.split(', ');
  for (const part of ['camera=()', 'microphone=()', 'geolocation=()']) expect(permissions).toContain(part);
});

test('hashed files are kept, other files are asked for each time', async () => {
  const hashed = await app.call('GET', '/assets/app-3f2a.js');
  const other = await app.call('GET', '/favicon.svg');

  expect(hashed).toMatchObject({status: 200, text: script});
  expect(hashed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  expect(hashed.headers.get('content-type')).toMatch(/^text\/javascript/);
  expect(other.status).toBe(200);
  expect(other.headers.get('cache-control')).toBe('no-cache');
});

test.each(['br', 'gzip'])('what is text travels compressed by %s', async (encoding) => {
  const {headers, bytes} = await get('/assets/app-3f2a.js', {'accept-encoding': encoding});

  expect(headers['content-encoding']).toBe(encoding);
  expect(bytes).toBeLessThan(script.length / 2);
  expect(String(headers['vary'])).toContain('Accept-Encoding');
});

test('an unknown address shows the client with status 404, an unknown file or call does not', async () => {
  expect(await app.call('GET', '/nowhere')).toMatchObject({status: 404, text: html});
  expect(await app.call('GET', '/rooms/a/b')).toMatchObject({status: 404, text: html});
  for (const path of ['/assets/app-old.js', '/nowhere.js', '/api/v1/nowhere', '/api', '/auth/nowhere']) {
    const {status, body} = await app.call('GET', path);
    expect([path, status, body.error?.code]).toEqual([path, 404, 'not_found']);
  }
  const asked = {headers: {accept: 'application/json'}};
  expect(await app.call('GET', '/nowhere', asked)).toMatchObject({body: {error: {code: 'not_found'}}});
  expect(await app.call('POST', '/sign-in')).toMatchObject({status: 404});
});

test('only what was built is served', async () => {
  for (const path of [
    '/.secret',
    '/../package.json',
    '/assets/..%2f..%2fetc/passwd',
    '/%2e%2e/%2e%2e/etc/hosts',
    '/%00',
    '/%ff',
  ]) {
    const {status} = await get(path);
    expect([path, [400, 403, 404].includes(status)]).toEqual([path, true]);
  }
});

test('without Postgres the page is served all the same', async () => {
  const {url, prefix} = testRedis();
  const cutOff = await startTestApp({
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    REDIS_URL: url,
    REDIS_PREFIX: prefix,
    WEB_DIR: dir,
  });

  expect(await cutOff.call('GET', '/rooms/x')).toMatchObject({status: 200, text: html});
  expect(await cutOff.api('GET', '/me')).toMatchObject({status: 503, body: {error: {code: 'unavailable'}}});
  await cutOff.close();
});

test('where no client was built, there are no pages', async () => {
  const {url, prefix} = testRedis();
  const bare = await startTestApp({
    DATABASE_URL: database.appUrl,
    REDIS_URL: url,
    REDIS_PREFIX: prefix,
    WEB_DIR: join(dir, 'nothing'),
  });

  expect(await bare.call('GET', '/')).toMatchObject({status: 404, body: {error: {code: 'not_found'}}});
  await bare.close();
});
