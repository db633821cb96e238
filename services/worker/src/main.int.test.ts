import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {fileURLToPath} from 'node:url';
import {testRedis} from '@madang/testkit/redis';
import {expect, onTestFinished, test} from 'vitest';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [main], {env, stdio: ['ignore', 'pipe', 'pipe']});
  onTestFinished(() => void child.kill('SIGKILL'));
  const output = {stdout: '', stderr: ''};
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const printed = (text: string) =>
    new Promise<void>((resolve, reject) => {
      child.stdout.on('data', () => output.stdout.includes(text) && resolve());
      child.once('close', () => reject(new Error(`ended without printing ${text}: ${output.stderr}`)));
    });
  const ended = once(child, 'close').then(([code]) => ({code: code as number | null, ...output}));
  return {child, printed, ended};
}

test('stops in order on SIGTERM even while Postgres is away', async () => {
  const {url, prefix} = testRedis();
  const worker = start({
    // Nothing listens on the discard port.
    DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
    REDIS_URL: url,
    REDIS_PREFIX: prefix,
    METRICS_PORT: '0',
  });
  await worker.printed('working');

  worker.child.kill('SIGTERM');

  expect(await worker.ended).toMatchObject({code: 0, stderr: ''});
});

test('names every fault of its configuration and ends with 1', async () => {
  const {ended} = start({METRICS_PORT: 'x'});

  expect(await ended).toEqual({
    code: 1,
    stdout: '',
    stderr: [
      'configuration: DATABASE_URL is required\n',
      'configuration: METRICS_PORT: must be a port\n',
      'configuration: REDIS_URL is required, or REDIS_SENTINELS, or REDIS_CLUSTER_NODES\n',
    ].join(''),
  });
});
