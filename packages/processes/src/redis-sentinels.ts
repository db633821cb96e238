import {mkdirSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {Child, Children} from './children.ts';
import {Fatal} from './fatal.ts';
import {findFreePort} from './free-port.ts';
import {findReason} from './log-reason.ts';

export interface RedisSentinelsOptions {
  children: Children;
  dir: string;
  /** The name under which they watch the primary. */
  name: string;
  primaryPort: number;
  /** They agree by majority. */
  count: number;
  /** A silent primary is replaced after this time. */
  downAfterMs: number;
  /** The password of the primary and its replicas. */
  password?: string;
  /** The password that their own clients must present: letters and digits. */
  ownPassword?: string;
}

export interface RedisSentinel {
  port: number;
  child: Child;
}

const READY_WITHIN_MS = 30_000;

/** Starts Sentinels on 127.0.0.1. Resolves once each knows the others and a replica to promote. */
export async function startRedisSentinels(options: RedisSentinelsOptions): Promise<RedisSentinel[]> {
  const sentinels: RedisSentinel[] = [];
  for (let index = 0; index < options.count; index += 1) sentinels.push(await startSentinel(options, index));
  const deadline = performance.now() + READY_WITHIN_MS;
  const expected = [`sentinels=${options.count}`, 'slaves=1'];
  for (const {port, child} of sentinels) {
    for (;;) {
      const info = await ask(port, options.ownPassword);
      if (expected.every((part) => info.includes(part))) break;
      if (!child.isRunning() || performance.now() > deadline)
        throw new Fatal(`a Sentinel does not start: ${findReason(child.logFile)}`);
      await delay(100);
    }
  }
  return sentinels;
}

async function startSentinel(options: RedisSentinelsOptions, index: number): Promise<RedisSentinel> {
  const {children, name, primaryPort, count, downAfterMs, password, ownPassword} = options;
  const port = await findFreePort();
  const dir = join(options.dir, `sentinel-${index + 1}`);
  mkdirSync(dir, {recursive: true, mode: 0o700});
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${JSON.stringify(dir)}`,
    `sentinel monitor ${name} 127.0.0.1 ${primaryPort} ${Math.floor(count / 2) + 1}`,
    `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
    `sentinel failover-timeout ${name} 10000`,
    ...(password ? [`sentinel auth-pass ${name} ${password}`] : []),
    ...(ownPassword ? [`requirepass ${ownPassword}`, `sentinel sentinel-pass ${ownPassword}`] : []),
  ];
  const file = join(dir, 'sentinel.conf');
  writeFileSync(file, `${lines.join('\n')}\n`, {mode: 0o600});
  const child = await children.start({
    name: `sentinel-${index + 1}`,
    command: 'redis-server',
    args: [file, '--sentinel'],
    env: {PATH: process.env.PATH, LC_ALL: 'C'},
    cwd: dir,
    logFile: join(dir, 'sentinel.log'),
    isStore: true,
  });
  return {port, child};
}

function ask(port: number, password: string | undefined): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({port, host: '127.0.0.1'});
    socket.setTimeout(1_000, () => socket.destroy());
    let answer = '';
    socket.once('connect', () =>
      socket.write(`${password ? `AUTH ${password}\r\n` : ''}INFO sentinel\r\nQUIT\r\n`),
    );
    socket.on('data', (part) => (answer += part.toString()));
    socket.once('error', () => resolve(''));
    socket.once('close', () => resolve(answer));
  });
}
