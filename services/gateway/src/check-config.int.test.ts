import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {afterAll, beforeAll, expect, test} from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const secret = 'Nobody-May-See-7';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function check(env: Record<string, string> = {}) {
  const {url, prefix} = testRedis();
  const {status, stdout, stderr} = spawnSync(process.execPath, [main, '--check-config', '--connect'], {
    encoding: 'utf8',
    env: {
      DATABASE_URL: database.appUrl,
      REDIS_URL: url,
      REDIS_PREFIX: prefix,
      SESSION_SECRET: `${secret} and many more letters`,
      ...env,
    },
  });
  return {status, lines: `${stdout}${stderr}`.trim().split('\n')};
}

function changed(address: string, change: (url: URL) => void): string {
  const url = new URL(address);
  change(url);
  return url.href;
}

test('with --connect the stores are tried, and say who answers', () => {
  expect(check()).toEqual({
    status: 0,
    lines: [
      'configuration: no faults',
      expect.stringMatching(/^DATABASE_URL: Postgres 1[5-8]\..* answers, as \w+ in \w+$/),
      expect.stringMatching(/^REDIS_URL: Redis [78]\..* answers$/),
    ],
  });
});

test('what stands in the way is one line for each, which names the variable and no secret', () => {
  const {status, lines} = check({
    DATABASE_URL: changed(database.appUrl, (url) => {
      url.username = 'nobody_at_all';
      url.password = secret;
    }),
    REDIS_URL: changed(testRedis().url, (url) => {
      url.username = 'nobody';
      url.password = secret;
    }),
  });

  expect(status).toBe(1);
  expect(lines.map((line) => line.split(':')[0])).toEqual(['configuration', 'DATABASE_URL', 'REDIS_URL']);
  expect(lines[1]).toContain('nobody_at_all');
  expect(lines[2]).toMatch(/WRONGPASS|AUTH/);
  expect(lines.join('\n')).not.toContain(secret);
});

test('a server that is not there is named by its address', () => {
  const {status, lines} = check({
    REDIS_URL: 'redis://127.0.0.1:1',
    DATABASE_URL: 'postgres://a@127.0.0.1:1/b',
  });

  expect(status).toBe(1);
  expect(lines.slice(1)).toEqual([
    'DATABASE_URL: connect ECONNREFUSED 127.0.0.1:1',
    'REDIS_URL: connect ECONNREFUSED 127.0.0.1:1',
  ]);
});

test.each([
  ['DATABASE_URL', `postgres://madang:a#${secret}@db/madang`],
  ['DATABASE_URL', `postgres://madang:a/${secret}@db/madang`],
  ['DATABASE_URL', `postgres://madang:a%${secret}@db/madang`],
  ['REDIS_URL', `redis://:a#${secret}@redis`],
  ['REDIS_URL', `redis://madang:a?${secret}@redis`],
])('%s with a password that must be encoded is one line that says how', (name, address) => {
  const {status, lines} = check({[name]: address});

  expect(status).toBe(1);
  expect(lines).toEqual([
    expect.stringMatching(new RegExp(`^configuration: ${name}: .*write # as %23, / as %2F`)),
  ]);
  expect(lines[0]).not.toContain(secret);
});
