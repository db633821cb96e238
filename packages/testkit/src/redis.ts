import {execFile} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {Children} from '@madang/processes/children';
import {findFreePort} from '@madang/processes/free-port';
import {startRedis, type RedisOptions} from '@madang/processes/redis';
import {inject} from 'vitest';

/** The Redis that all test files share, with a key prefix that nobody else uses. */
export function testRedis(): {url: string; prefix: string} {
  return {url: inject('redisUrl'), prefix: `test:${randomBytes(6).toString('hex')}:`};
}

export type PrivateRedis = {
  url: string;
  port: number;
  /** Ends it in order. With `appendOnly`, `start` finds the data again. */
  stop(): Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  start(): Promise<void>;
  /** Freezes it: connections stay open, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends it and removes what it wrote. */
  close(): Promise<void>;
};

/** Starts a Redis of the test's own, for tests that break it. It never outlives the test process. */
export async function startPrivateRedis({
  appendOnly = false,
  ...options
}: Pick<RedisOptions, 'password' | 'users' | 'settings'> & {
  appendOnly?: boolean;
} = {}): Promise<PrivateRedis> {
  const dir = mkdtempSync(join(tmpdir(), 'madang-redis-'));
  const children = new Children(join(dir, 'run'), dir);
  const port = await findFreePort();
  const start = () => startRedis({children, dir: join(dir, 'redis'), port, appendOnly, ...options});
  let {child, url} = await start();

  return {
    url,
    port,
    async stop() {
      await child.stop();
    },
    async kill() {
      child.kill('SIGKILL');
      await child.exited;
    },
    async start() {
      ({child, url} = await start());
    },
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    async close() {
      await children.close();
      rmSync(dir, {recursive: true, force: true});
    },
  };
}

/** Gives Redis one command, as an operator would, and returns what redis-cli prints. */
export async function commandRedis(url: string, ...command: string[]): Promise<string> {
  const {stdout} = await promisify(execFile)('redis-cli', ['-u', url, '--no-auth-warning', ...command]);
  return stdout.trim();
}
