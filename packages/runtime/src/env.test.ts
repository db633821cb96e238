import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {z} from 'zod';
import {
  commaList,
  databaseUrl,
  environment,
  flag,
  logLevel,
  milliseconds,
  outboundAllow,
  port,
  readEnv,
} from './env.ts';
import {redisVariables} from './redis-variables.ts';
import {runNode} from './run-node.ts';

const schema = z.object({
  DATABASE_URL: z.string().startsWith('postgres'),
  SESSION_SECRET: commaList(),
  PORT: port(3000),
  PULSE_MS: milliseconds(1_000),
  MIGRATE: flag(true),
});

const dir = mkdtempSync(join(tmpdir(), 'madang-env-'));
afterAll(() => rmSync(dir, {recursive: true}));

test('fills in what is not set, and takes empty for not set', () => {
  const read = readEnv(schema, {DATABASE_URL: 'postgres://x', PORT: '', MIGRATE: ''});

  expect(read).toEqual({
    config: {DATABASE_URL: 'postgres://x', SESSION_SECRET: [], PORT: 3000, PULSE_MS: 1_000, MIGRATE: true},
  });
});

test('reads ports, times, flags and lists', () => {
  const env = {
    DATABASE_URL: 'postgres://x',
    SESSION_SECRET: 'a, b,',
    PORT: '0',
    PULSE_MS: '50',
    MIGRATE: 'false',
  };

  expect(readEnv(schema, env)).toEqual({
    config: {DATABASE_URL: 'postgres://x', SESSION_SECRET: ['a', 'b'], PORT: 0, PULSE_MS: 50, MIGRATE: false},
  });
});

test('names every fault at once', () => {
  const read = readEnv(schema, {PORT: '65536', PULSE_MS: '1s', MIGRATE: 'perhaps'});

  expect(read).toEqual({
    faults: [
      'DATABASE_URL is required',
      'PORT: must be a port',
      'PULSE_MS: must be milliseconds, a whole number',
      'MIGRATE: must be true or false',
    ],
  });
});

test('takes a secret from a file, without the newline at its end', () => {
  const file = join(dir, 'secret');
  writeFileSync(file, 'from a file\n');

  const read = readEnv(schema, {DATABASE_URL: 'postgres://x', SESSION_SECRET_FILE: file});

  expect(read).toMatchObject({config: {SESSION_SECRET: ['from a file']}});
});

test('refuses a secret that is given twice or cannot be read', () => {
  const twice = readEnv(schema, {DATABASE_URL: 'postgres://x', DATABASE_URL_FILE: join(dir, 'y')});
  const unreadable = readEnv(schema, {DATABASE_URL_FILE: join(dir, 'missing')});

  expect(twice).toEqual({faults: ['DATABASE_URL_FILE and DATABASE_URL are both set; keep one']});
  expect(unreadable).toEqual({faults: ['DATABASE_URL_FILE cannot be read: ENOENT']});
});

test('freezes what it has read', () => {
  const read = readEnv(schema, {DATABASE_URL: 'postgres://x'});

  expect('config' in read && Object.isFrozen(read.config)).toBe(true);
});

test('ends the process with 1 and a line for each fault', async () => {
  const {code, stderr} = await runNode(`
    import {z} from 'zod';
    import {parseEnv, port} from '@madang/runtime/env';
    parseEnv(z.object({A: z.string(), PORT: port(1)}), {PORT: 'x'});
    console.error('not reached');
  `).ended;

  expect(code).toBe(1);
  expect(stderr).toBe('configuration: A is required\nconfiguration: PORT: must be a port\n');
});

test('with --check-config says that there is no fault, and ends with 0', async () => {
  const {code, stdout, stderr} = await runNode(`
    import {z} from 'zod';
    import {parseEnv, port} from '@madang/runtime/env';
    parseEnv(z.object({PORT: port(1)}), {}, ['node', 'main.ts', '--check-config']);
    console.error('not reached');
  `).ended;

  expect({code, stdout, stderr}).toEqual({code: 0, stdout: 'configuration: no faults\n', stderr: ''});
});

test('refuses a published secret outside development', () => {
  const env = {DATABASE_URL: 'postgres://madang:throw-away@postgres/madang'};
  const guarded = schema.extend({MADANG_ENV: environment()});

  expect(readEnv(guarded, env)).toEqual({
    faults: ['DATABASE_URL holds a throw-away secret, which only MADANG_ENV=development allows'],
  });
  expect(readEnv(guarded, {...env, MADANG_ENV: 'development'})).toHaveProperty('config');
});

test.each(['#', '/', '?', '@', '%', '%zz', '1#2', '1/2', '12?3'])(
  'names the variable and never the value of an address with an unencoded %s in its password',
  (character) => {
    const value = `me:${character}secret@db.example:5432/x`;
    const stores = z.object({DATABASE_URL: databaseUrl(), REDIS_URL: redisVariables.REDIS_URL});

    const read = readEnv(stores, {
      DATABASE_URL: `postgres://${value}`,
      REDIS_URL: `redis://${value.replace(/x$/, '0')}`,
    });

    if (character === '@') return expect(read).toHaveProperty('config');
    const fault = expect.stringContaining('is no address that can be read');
    expect(read).toEqual({faults: [fault, fault]});
    expect(JSON.stringify(read)).not.toContain('secret');
  },
);

test('takes an address whose password is encoded', () => {
  const url = `postgres://me:${encodeURIComponent('a#b/c?d@e%f')}@db.example:5432/x?sslmode=require`;

  expect(readEnv(z.object({DATABASE_URL: databaseUrl()}), {DATABASE_URL: url})).toHaveProperty('config');
});

test('repeats no value that it refuses', () => {
  const all = z.object({
    A: port(1),
    B: milliseconds(1),
    C: flag(true),
    D: logLevel(),
    E: environment(),
    F: databaseUrl(),
    G: redisVariables.REDIS_URL,
    H: z.coerce.number().max(3),
    I: z.url(),
    J: z.string().startsWith('mdk_'),
  });
  const env = Object.fromEntries(Object.keys(all.shape).map((name) => [name, 'https:/hush hush/99']));

  const read = readEnv(all, {...env, A: '', A_FILE: '/hush'});

  const faults = 'faults' in read ? read.faults : [];
  expect(faults.map((fault) => fault[0])).toEqual('ABCDEFGHIJ'.split(''));
  expect(faults.join()).not.toContain('hush');
});

test('reads networks that calls may reach, and names what is none', () => {
  const networks = z.object({OUTBOUND_ALLOW: outboundAllow()});

  const read = readEnv(networks, {OUTBOUND_ALLOW: '10.1.0.0/16, ::1'}) as {config: z.output<typeof networks>};
  const refused = readEnv(networks, {OUTBOUND_ALLOW: '10.1.0.0/16,intranet'});

  expect(read.config.OUTBOUND_ALLOW.has('10.1.2.3')).toBe(true);
  expect(read.config.OUTBOUND_ALLOW.has('10.2.0.0')).toBe(false);
  expect(refused).toEqual({faults: ['OUTBOUND_ALLOW: intranet is no address or network']});
});
