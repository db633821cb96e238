import {mkdirSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {Child, Children} from './children.ts';
import {Fatal} from './fatal.ts';
import {findReason} from './log-reason.ts';

export interface RedisOptions {
  children: Children;
  /** Made when missing; holds the log and, with `appendOnly`, the data. */
  dir: string;
  port: number;
  /** Keeps the data over a restart; the last second may be lost. */
  appendOnly: boolean;
  /** Unique among the children. */
  name?: string;
}

export interface Redis {
  url: string;
  child: Child;
}

// Loading an append-only file of the 256 MB below takes a few seconds.
const READY_WITHIN_MS = 30_000;

/** Starts a private Redis on 127.0.0.1 and answers once it has loaded its data. It refuses writes when full, and evicts nothing. */
export async function startRedis({
  children,
  dir,
  port,
  appendOnly,
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
    // What a power cut leaves half written at the end is dropped instead of refusing to start.
    'aof-load-truncated': 'yes',
    maxmemory: '256mb',
    'maxmemory-policy': 'noeviction',
  };
  const child = await children.start({
    name,
    command: 'redis-server',
    args: Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]),
    env: {PATH: process.env.PATH, LC_ALL: 'C'},
    cwd: dir,
    logFile: join(dir, `${name}.log`),
    stopWithinMs: 10_000,
    isStore: true,
  });
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await answersPing(port))) {
    if (!child.isRunning() || performance.now() > deadline) {
      await child.stop();
      throw new Fatal(`Redis does not start: ${findReason(child.logFile)}`);
    }
    await delay(30);
  }
  return {url: `redis://127.0.0.1:${port}`, child};
}

/** Whether a Redis at this port has loaded its data (before, it answers -LOADING). */
function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({port, host: '127.0.0.1'});
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (answer) => {
      resolve(answer.toString().startsWith('+PONG'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
