import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {Child, Children} from './children.ts';
import {Fatal} from './fatal.ts';
import {findProgram} from './install.ts';
import {findReason} from './log-reason.ts';

export interface HaproxyOptions {
  children: Children;
  /** Holds the configuration with its servers, and the log. */
  dir: string;
  port: number;
  /** Unique among the children. */
  name?: string;
  /** The gateways behind it, and their health ports. */
  servers: {name: string; port: number; healthPort?: number}[];
  /** Further variables of its configuration. */
  env?: Record<string, string>;
}

const TEMPLATE = new URL('../../../infra/haproxy/haproxy.cfg', import.meta.url);
const READY_WITHIN_MS = 10_000;

/** Starts the balancer on 127.0.0.1. Resolves once a request reaches a gateway that is ready. */
export async function startHaproxy({
  children,
  dir,
  port,
  name = 'haproxy',
  servers,
  env = {},
}: HaproxyOptions): Promise<Child> {
  const command = findProgram('haproxy');
  if (!command) throw new Fatal('haproxy not found');
  const file = join(dir, 'haproxy.cfg');
  const lines = servers.map(
    ({name: server, port: at, healthPort = at}) => `  server ${server} 127.0.0.1:${at} port ${healthPort}`,
  );
  writeFileSync(file, readFileSync(TEMPLATE, 'utf8').replace(/^# @servers@$/m, lines.join('\n')));

  const child = await children.start({
    name,
    command,
    // -db: one process in the foreground, whose pid is known.
    args: ['-db', '-f', file],
    env: {PATH: process.env.PATH, BIND: `127.0.0.1:${port}`, ...env},
    cwd: dir,
    logFile: join(dir, 'haproxy.log'),
    // SIGTERM ends HAProxy at once; SIGUSR1 would wait for every WebSocket.
    stopSignal: 'SIGTERM',
    stopWithinMs: 2_000,
  });
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await isReady(`http://127.0.0.1:${port}`))) {
    if (!child.isRunning() || performance.now() > deadline) {
      await child.stop();
      throw new Fatal(`HAProxy does not start: ${findReason(child.logFile)}`);
    }
    await delay(50);
  }
  return child;
}

/** Whether the gateway, or the one that a balancer chooses, accepts work. */
export async function isReady(url: string): Promise<boolean> {
  try {
    const {ok, body} = await fetch(`${url}/readyz`, {signal: AbortSignal.timeout(1_000)});
    await body?.cancel();
    return ok;
  } catch {
    return false;
  }
}
