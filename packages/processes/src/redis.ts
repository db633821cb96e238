import {createHash} from 'node:crypto';
import {chmodSync, mkdirSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {Child, Children} from './children.ts';
import {Fatal} from './fatal.ts';
import {findReason} from './log-reason.ts';

export interface RedisOptions {
  children: Children;
  /** Created when missing; holds the log and, with `appendOnly`, the data. */
  dir: string;
  port: number;
  /** Keeps the data across a restart; the last second may be lost. */
  appendOnly: boolean;
  /** The password that clients must present: letters, digits and `-_`. */
  password?: string;
  /** Further users, as lines of an ACL file without the word `user`. */
  users?: string[];
  /** Further settings, as in redis.conf. */
  settings?: Record<string, string | number>;
  /** Unique among the children. */
  name?: string;
}

export interface Redis {
  url: string;
  child: Child;
}

// Loading an append-only file of the 256 MB below takes a few seconds.
const READY_WITHIN_MS = 30_000;

/**
 * Starts a private Redis on 127.0.0.1. Resolves once it has loaded its data. When full it refuses writes, and evicts
 * nothing.
 */
export async function startRedis({
  children,
  dir,
  port,
  appendOnly,
  password,
  users = [],
  settings: further = {},
  name = 'redis',
}: RedisOptions): Promise<Redis> {
  mkdirSync(dir, {recursive: true, mode: 0o700});
  const settings: Record<string, string | number> = {
    port,
    bind: '127.0.0.1',
    dir,
    daemonize: 'no',
    save: '',
    appendonly: appendOnly ? 'yes' : 'no',
    appendfsync: 'everysec',
    // After a power cut the last command may be half written: Redis drops it instead of refusing to start.
    'aof-load-truncated': 'yes',
    maxmemory: '256mb',
    'maxmemory-policy': 'noeviction',
    ...further,
  };
  // The password is in a file that nobody else may read, because everybody on the machine sees a process's arguments.
  const file = join(dir, `${name}.conf`);
  const lines = Object.entries(settings).map(
    ([key, value]) => `${key} ${value === '' ? '""' : quoted(value)}`,
  );
  if (password) lines.push(`user default on #${sha256(password)} ~* &* +@all`);
  lines.push(...users.map((user) => `user ${user}`));
  writeFileSync(file, `${lines.join('\n')}\n`, {mode: 0o600});
  // `mode` above does not apply to a file that exists.
  chmodSync(file, 0o600);
  const child = await children.start({
    name,
    command: 'redis-server',
    args: [file],
    env: {PATH: process.env.PATH, LC_ALL: 'C'},
    cwd: dir,
    logFile: join(dir, `${name}.log`),
    stopWithinMs: 10_000,
    isStore: true,
  });
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await answersPing(port, password))) {
    if (!child.isRunning() || performance.now() > deadline) {
      await child.stop();
      throw new Fatal(`Redis does not start: ${findReason(child.logFile)}`);
    }
    await delay(30);
  }
  return {url: `redis://${password ? `default:${password}@` : ''}127.0.0.1:${port}`, child};
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function quoted(value: string | number): string {
  return JSON.stringify(String(value));
}

/** Whether a Redis at this port has loaded its data. Before that, it answers -LOADING. */
function answersPing(port: number, password: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({port, host: '127.0.0.1'});
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('connect', () => socket.write(`${password ? `AUTH ${password}\r\n` : ''}PING\r\n`));
    let answer = '';
    socket.on('data', (part) => {
      answer += part.toString();
      // One line for each command.
      if (answer.split('\n').length <= (password ? 2 : 1)) return;
      resolve(answer.endsWith('+PONG\r\n'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
