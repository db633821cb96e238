import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {createTestDatabase} from '@madang/testkit/database';
import {testRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

/** The log lines of a gateway until it serves. */
async function linesOfStart(env: Record<string, string>): Promise<Record<string, unknown>[]> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const {url, prefix} = testRedis();
  const child = spawn(process.execPath, [main], {
    env: {
      DATABASE_URL: database.appUrl,
      REDIS_URL: url,
      REDIS_PREFIX: prefix,
      SESSION_SECRET: 'a secret of the tests that is long enough',
      PORT: '0',
      METRICS_PORT: '0',
      MIGRATE: 'false',
      DRAIN_MS: '100',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await waitFor(() => output.includes('"serving"'), {timeoutMs: 60_000, what: 'a gateway that serves'});
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test.each([
  ['', ['0']],
  ['10.1.0.0/16,loopback', ['10.1.0.0/16', 'loopback']],
])('a start with TRUST_PROXY=%s says whose forwarded addresses it believes', async (given, trustProxy) => {
  const lines = await linesOfStart({TRUST_PROXY: given});

  expect(lines).toContainEqual(expect.objectContaining({trustProxy}));
});
