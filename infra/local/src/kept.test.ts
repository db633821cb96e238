import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {keepPorts, keepSecret} from './kept.ts';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'madang-kept-'));
});

afterEach(() => rmSync(dir, {recursive: true, force: true}));

test('keeps the secret, and shows it to nobody else', () => {
  const secret = keepSecret(dir);

  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(keepSecret(dir)).toBe(secret);
  expect(statSync(join(dir, 'session-secret')).mode & 0o777).toBe(0o600);
});

test('keeps the ports, and adds those of new names', async () => {
  const first = await keepPorts(dir, ['postgres', 'gateway-1']);
  const second = await keepPorts(dir, ['postgres', 'gateway-1', 'gateway-2']);

  expect(second).toMatchObject(first);
  expect(new Set(Object.values(second)).size).toBe(3);
});

test('gives up a port that somebody else has taken meanwhile', async () => {
  const first = await keepPorts(dir, ['redis']);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(first.redis, '127.0.0.1', resolve));

  const second = await keepPorts(dir, ['redis']);

  expect(second.redis).not.toBe(first.redis);
  await new Promise((resolve) => other.close(resolve));
});
