import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {z} from 'zod';
import {readEnv} from './env.ts';
import {redact, redacted} from './redaction.ts';
import {redisServersOf} from './redis-servers.ts';
import {checkRedis, redisVariables} from './redis-variables.ts';

const schema = checkRedis(z.object({MADANG_ENV: z.string().default(''), ...redisVariables}));

function serversOf(env: Record<string, string>) {
  const read = readEnv(schema, env);
  if ('faults' in read) throw new Error(read.faults.join('\n'));
  const {login, at, ...servers} = redisServersOf(read.config);
  const own = 'sentinels' in at ? {...at, login: at.login()} : at;
  return {...servers, at: own, login: login()};
}

test.each([
  [
    {REDIS_URL: 'redis://me:a%23b%40c@redis.example:6380/3'},
    {
      at: {server: {host: 'redis.example', port: 6380}, database: 3},
      login: {username: 'me', password: 'a#b@c'},
    },
  ],
  [
    {REDIS_URL: 'rediss://me@[::1]', REDIS_PASSWORD: 'a#b@c'},
    {
      at: {server: {host: '::1', port: 6379}, database: 0},
      login: {username: 'me', password: 'a#b@c'},
      tls: {},
    },
  ],
  [
    {
      REDIS_SENTINELS: 'one:26379, [::1]:26380',
      REDIS_SENTINEL_NAME: 'mymaster',
      REDIS_SENTINEL_PASSWORD: 's#',
      REDIS_USERNAME: 'me',
      REDIS_PASSWORD: 'p,w',
    },
    {
      at: {
        sentinels: [
          {host: 'one', port: 26_379},
          {host: '::1', port: 26_380},
        ],
        name: 'mymaster',
        login: {password: 's#'},
      },
      login: {username: 'me', password: 'p,w'},
    },
  ],
  [
    {REDIS_CLUSTER_NODES: 'one:6379,two:6379', REDIS_TLS: 'true', REDIS_TLS_SERVERNAME: 'redis.example'},
    {
      at: {
        nodes: [
          {host: 'one', port: 6379},
          {host: 'two', port: 6379},
        ],
      },
      login: {},
      tls: {servername: 'redis.example'},
    },
  ],
])('reads %j', (env, servers) => {
  expect(serversOf(env)).toEqual(servers);
});

test.each([
  [{}, 'REDIS_URL is required, or REDIS_SENTINELS, or REDIS_CLUSTER_NODES'],
  [{REDIS_URL: 'valkey://one'}, 'REDIS_URL: must be a redis:// URL'],
  [{REDIS_URL: 'redis://me:pw@one:6379,two:6379'}, 'REDIS_URL: names one server; several belong into'],
  [{REDIS_URL: 'redis://one/0?family=6'}, 'REDIS_URL: may end with the number of a database alone'],
  [{REDIS_URL: 'redis://me:p#w@one'}, 'REDIS_URL: is no address that can be read'],
  [
    {REDIS_URL: 'redis://one', REDIS_CLUSTER_NODES: 'one:1'},
    'REDIS_URL, REDIS_SENTINELS and REDIS_CLUSTER_NODES',
  ],
  [{REDIS_CLUSTER_NODES: 'redis://one:6379'}, 'REDIS_CLUSTER_NODES: must be addresses such as host:6379'],
  [{REDIS_SENTINELS: 'one:1'}, 'REDIS_SENTINELS and REDIS_SENTINEL_NAME'],
  [
    {REDIS_URL: 'redis://one', REDIS_SENTINEL_PASSWORD: 'x'},
    'REDIS_SENTINEL_USERNAME and REDIS_SENTINEL_PASSWORD',
  ],
  [{REDIS_URL: 'redis://:pw@one', REDIS_PASSWORD: 'x'}, 'REDIS_PASSWORD: REDIS_URL holds a password as well'],
  [{REDIS_URL: 'redis://one', REDIS_TLS_SERVERNAME: 'x'}, 'need REDIS_TLS=true or rediss://'],
  [{REDIS_URL: 'rediss://one', REDIS_TLS_CA: 'x'}, 'REDIS_TLS_CA: is no certificate as PEM'],
])('refuses %j', (env, fault) => {
  expect(readEnv(schema, env)).toEqual({faults: [expect.stringContaining(fault)]});
});

test('reads a password again from its file, and hides each from the log', () => {
  const dir = mkdtempSync(join(tmpdir(), 'madang-password-'));
  onTestFinished(() => rmSync(dir, {recursive: true}));
  const file = join(dir, 'password');
  writeFileSync(file, 'the first one\n');
  const read = readEnv(schema, {REDIS_URL: 'redis://me@one', REDIS_PASSWORD_FILE: file});
  if ('faults' in read) throw new Error(read.faults.join('\n'));
  const {login} = redisServersOf(read.config);

  expect(login()).toEqual({username: 'me', password: 'the first one'});
  writeFileSync(file, 'the second one\n');
  expect(login()).toEqual({username: 'me', password: 'the second one'});
  rmSync(file);
  expect(login()).toEqual({username: 'me', password: 'the second one'});
  expect(redact('the first one, the second one')).toBe(`${redacted}, ${redacted}`);
});
