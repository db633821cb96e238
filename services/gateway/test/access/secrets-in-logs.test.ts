/** Whatever fails, and at every log level, no log line of a process contains a password. */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {createTestDatabase} from '@madang/testkit/database';
import {startPrivateRedis, type PrivateRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {afterAll, beforeAll, expect, onTestFinished, test} from 'vitest';

const mains = {
  gateway: fileURLToPath(new URL('../../src/main.ts', import.meta.url)),
  worker: fileURLToPath(new URL('../../../worker/src/main.ts', import.meta.url)),
  migrate: fileURLToPath(new URL('../../../migrate/src/main.ts', import.meta.url)),
};
const right = 'the-right-password';
const sessionSecret = 'a secret of the tests that is long enough';
let redis: PrivateRedis;
let database: Awaited<ReturnType<typeof createTestDatabase>>;

beforeAll(async () => {
  [redis, database] = await Promise.all([startPrivateRedis({password: right}), createTestDatabase()]);
});
afterAll(async () => {
  await Promise.all([redis.close(), database.drop()]);
});

function start(name: keyof typeof mains, env: Record<string, string>) {
  const child = spawn(process.execPath, [mains[name]], {
    env: {
      LOG_LEVEL: 'trace',
      DATABASE_URL: database.appUrl,
      REDIS_URL: redis.url,
      SESSION_SECRET: sessionSecret,
      PORT: '0',
      METRICS_PORT: '0',
      MIGRATE: 'false',
      DRAIN_MS: '100',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  return {child, exited: once(child, 'close'), output: () => output};
}

const changed = (url: string, fields: Partial<Record<'username' | 'password', string>>) =>
  Object.assign(new URL(url), fields).href;

test.each(['gateway', 'worker'] as const)(
  'a %s with a wrong password of Redis says so without it',
  async (name) => {
    const wrong = 'wrong-guess';
    for (const username of ['default', 'madang']) {
      const run = start(name, {REDIS_URL: changed(redis.url, {username, password: wrong})});
      // Each of the four connections logs why it failed.
      const said = () => run.output().match(/"cause":"WRONGPASS"/g)?.length ?? 0;
      await waitFor(() => said() >= 4, {timeoutMs: 20_000, what: `four failures, after ${run.output()}`});
      run.child.kill('SIGKILL');
      await run.exited;

      expect(run.output()).toContain('WRONGPASS');
      expect(run.output()).not.toContain(wrong);
    }
  },
);

test.each(['gateway', 'worker', 'migrate'] as const)(
  'a %s with a wrong password of Postgres, or an address that cannot be read, repeats neither',
  async (name) => {
    const wrong = 'wrong-guess';
    const addresses = [
      changed(database.appUrl, {password: wrong}),
      `postgres://me:wro#ng-${wrong}@127.0.0.1:5432/x`,
      `postgres://me:12/34-${wrong}@127.0.0.1:5432/x`,
    ];
    for (const DATABASE_URL of addresses) {
      const run = start(name, {DATABASE_URL});
      const isSaid = () => /password authentication failed|DATABASE_URL: /.test(run.output());
      await waitFor(isSaid, {timeoutMs: 60_000, what: `the fault, after ${run.output()}`});
      run.child.kill('SIGKILL');
      await run.exited;

      expect(run.output()).not.toContain(wrong);
      expect(run.output()).not.toContain(sessionSecret);
    }
  },
);

test('the switches that tests break a gateway with are refused in production', async () => {
  for (const [name, value] of [
    ['MADANG_CRASH_AT', 'before_sign_out'],
    ['MADANG_DROP_BROADCASTS', '0.5'],
  ] as const) {
    const run = start('gateway', {[name]: value});
    const [code] = (await run.exited) as [number];

    expect({code, output: run.output()}).toEqual({
      code: 1,
      output: expect.stringContaining('MADANG_CRASH_AT and MADANG_DROP_BROADCASTS: for tests alone'),
    });
  }
});
