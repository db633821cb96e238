import {chmodSync, mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {Children} from '@madang/processes/children';
import type {Child} from '@madang/processes/children';
import {findFreePort} from '@madang/processes/free-port';
import {findReason} from '@madang/processes/log-reason';
import {startPostgres} from '@madang/processes/postgres';
import {startRedis} from '@madang/processes/redis';
import {Client} from 'pg';
import type {Contender} from './contenders/contender.ts';
import {leaveServerCore, onServerCore} from './cores.ts';
import {cpuMs} from './processes.ts';

export type CpuMs = {server: number; postgres: number; redis: number};

/** A server under measurement, alone on its core. */
export type ServerProcess = {
  contender: Contender;
  url: string;
  pid: number;
  databaseUrl: string;
  /** CPU time since the start, of the server and of its own stores. */
  cpu(): CpuMs;
  /** Returns how many messages are in its database. */
  countMessages(): Promise<number>;
  stop(): Promise<void>;
};

type RunningStores = {databaseUrl: string; redisUrl: string; postgresPid: number; redisPid: number};

const madangFolder = fileURLToPath(new URL('../../../.madang/', import.meta.url));
const collectGarbage = new URL('servers/collect-garbage.ts', import.meta.url).href;
const readyWithinMs = 30_000;
const pollMs = 50;

/**
 * Runs the servers under measurement. Each contender has its own Postgres and Redis, so that work which one contender
 * causes later (checkpoints, vacuum) is not counted for another. The stores run on other cores than the server, with fsync
 * and synchronous commit on, on the disk of this clone.
 */
export class Testbed {
  readonly #folder: string;
  readonly #children: Children;
  readonly #stores = new Map<string, Promise<RunningStores>>();
  #started = 0;

  constructor() {
    leaveServerCore();
    mkdirSync(madangFolder, {recursive: true});
    this.#folder = mkdtempSync(join(madangFolder, 'bench-'));
    // Postgres runs as its own user when this runs as root, and that user must be able to enter the folder.
    chmodSync(this.#folder, 0o755);
    this.#children = new Children(join(this.#folder, 'run'), this.#folder);
  }

  /** Starts a contender's server again on its stores. Resolves once it serves. */
  async start(contender: Contender): Promise<ServerProcess> {
    const stores = await this.#storesOf(contender);
    const port = await findFreePort();
    const {file, args, env} = contender.launch(port, stores);
    const name = `${contender.name}-${++this.#started}`;
    const child = await this.#children.start({
      name,
      ...onServerCore(process.execPath, ['--import', collectGarbage, file, ...args]),
      env: {PATH: process.env.PATH, NODE_ENV: 'production', ...env},
      cwd: this.#folder,
      logFile: join(this.#folder, `${name}.log`),
    });
    const url = `http://127.0.0.1:${port}`;
    await becomesReady(child, url);
    return {
      contender,
      url,
      pid: child.pid,
      databaseUrl: stores.databaseUrl,
      cpu: () => ({
        server: cpuMs(child.pid),
        postgres: cpuMs(stores.postgresPid, {children: true}),
        redis: cpuMs(stores.redisPid),
      }),
      countMessages: () => count(stores.databaseUrl, contender.countMessages),
      stop: async () => void (await child.stop()),
    };
  }

  async close(): Promise<void> {
    await this.#children.close();
    rmSync(this.#folder, {recursive: true, force: true});
  }

  #storesOf({name}: Contender): Promise<RunningStores> {
    const running = this.#stores.get(name) ?? this.#startStores(name);
    this.#stores.set(name, running);
    return running;
  }

  async #startStores(owner: string): Promise<RunningStores> {
    const children = this.#children;
    const dir = join(this.#folder, owner);
    mkdirSync(dir, {mode: 0o755});
    const postgres = await startPostgres({
      children,
      dataDir: join(dir, 'postgres'),
      port: await findFreePort(),
      name: `${owner}-postgres`,
    });
    const redis = await startRedis({
      children,
      dir: join(dir, 'redis'),
      port: await findFreePort(),
      appendOnly: true,
      name: `${owner}-redis`,
    });
    return {
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      postgresPid: postgres.child.pid,
      redisPid: redis.child.pid,
    };
  }
}

async function becomesReady(child: Child, url: string): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  while (!(await serves(url))) {
    if (!child.isRunning() || performance.now() > deadline)
      throw new Error(`${child.name} does not start: ${findReason(child.logFile)}`);
    await delay(pollMs);
  }
}

/** A server without this endpoint serves as soon as it answers; 503 means that it is starting. */
async function serves(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`);
    await response.arrayBuffer();
    return response.status !== 503;
  } catch {
    return false;
  }
}

async function count(databaseUrl: string, query: string): Promise<number> {
  const client = new Client({connectionString: databaseUrl});
  await client.connect();
  try {
    const {rows} = await client.query<{count: number}>(query);
    return rows[0]!.count;
  } finally {
    await client.end();
  }
}
