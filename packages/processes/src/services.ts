import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import type {Child, Children} from './children.ts';
import {Fatal} from './fatal.ts';
import {isReady} from './haproxy.ts';
import {findReason} from './log-reason.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SDK_SOURCES = new URL('sdk-sources.ts', import.meta.url).href;
// A busy machine starts many of them at once.
const READY_WITHIN_MS = 45_000;
// After the drain, the process flushes its log and closes its pools.
const AFTER_DRAIN_MS = 2_000;
// By default V8 compiles and collects in four threads per process, which take the cores from other processes' event loops.
const ONE_THREAD = '--v8-pool-size=1';
// Node caches compiled code and strips types once, so the next process starts in half the time.
const NODE_COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'compiled');

export interface ServiceOptions {
  children: Children;
  name: string;
  env: NodeJS.ProcessEnv;
  /** Holds the log. */
  dir: string;
}

/** Starts a gateway. Resolves once it accepts clients. */
export async function startGateway(
  options: ServiceOptions & {port: number; drainMs: number},
): Promise<Child> {
  const {port, drainMs} = options;
  const child = await startService('services/gateway/src/main.ts', options, drainMs + AFTER_DRAIN_MS);
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await isReady(`http://127.0.0.1:${port}`))) {
    if (!child.isRunning() || performance.now() > deadline) {
      await child.stop('SIGKILL');
      throw new Fatal(`${child.name} does not start: ${findReason(child.logFile)}`);
    }
    await delay(50);
  }
  return child;
}

/** Starts a worker. Nothing waits for it, because its work may be late by seconds. */
export function startWorker(options: ServiceOptions): Promise<Child> {
  return startService('services/worker/src/main.ts', options, 5_000);
}

/** Brings the schema up to date, and creates the roles of the addresses in `env`. Resolves once that is done. */
export async function migrateSchema(options: ServiceOptions): Promise<void> {
  const child = await startService('services/migrate/src/main.ts', options, 60_000);
  const {code} = await child.exited;
  if (code !== 0) throw new Fatal(`the schema is not up to date: ${findReason(child.logFile)}`);
}

/** Starts the order desk. Resolves once it serves its pages. */
export async function startDesk(options: ServiceOptions & {port: number}): Promise<Child> {
  // It imports packages by their published names; here Node takes their sources, which nobody has built.
  const env = {...options.env, NODE_OPTIONS: `--import=${SDK_SOURCES}`};
  const main = 'examples/order-desk/src/main.ts';
  const child = await startService(main, {...options, env}, 10_000 + AFTER_DRAIN_MS);
  const deadline = performance.now() + READY_WITHIN_MS;
  while (!(await isAlive(options.port))) {
    if (!child.isRunning() || performance.now() > deadline) {
      await child.stop('SIGKILL');
      throw new Fatal(`${child.name} does not start: ${findReason(child.logFile)}`);
    }
    await delay(50);
  }
  return child;
}

async function isAlive(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/livez`).catch(() => undefined);
  return answer?.status === 200;
}

function startService(
  main: string,
  {children, name, env, dir}: ServiceOptions,
  stopWithinMs: number,
): Promise<Child> {
  return children.start({
    name,
    command: process.execPath,
    args: [ONE_THREAD, join(ROOT, main)],
    env: {NODE_COMPILE_CACHE, ...env},
    cwd: ROOT,
    logFile: join(dir, `${name}.log`),
    stopWithinMs,
  });
}
