/** A throw-away Madang: gateway and worker in this process, beside a Postgres and a Redis that end with it. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {migrate} from '@madang/database/migrating/migrate';
import {Children} from '@madang/processes/children';
import {Fatal} from '@madang/processes/fatal';
import {findFreePort, isPortFree} from '@madang/processes/free-port';
import {startPostgres} from '@madang/processes/postgres';
import type {PresetName} from '@madang/protocol/policy-presets';
import {createLogger} from '@madang/runtime/log';
import {prepareTenant} from './prepare-tenant.ts';
import {chooseRedis} from './redis.ts';
import {startServices} from './services.ts';

export type DevOptions = {
  /** The default is 8080, or another port if that is taken. */
  port?: number;
  preset: PresetName;
  /** Origins whose pages may call it, besides its own. */
  origins: string[];
  /** The folder of the package with the Postgres programs. */
  postgres: string;
  redisUrl?: string;
  logLevel: string;
};

export type Dev = {url: string; key: string; stop(): Promise<void>};

const usualPort = 8080;

/** Resolves once it accepts calls. However this process ends, nothing of it remains: a watchdog outlives even SIGKILL. */
export async function startDev(options: DevOptions): Promise<Dev> {
  const redisIn = chooseRedis(options.redisUrl);
  await requireFree(options.port);
  const dir = mkdtempSync(join(tmpdir(), 'madang-dev-'));
  const children = new Children(join(dir, 'run'), dir);
  const endings: (() => unknown)[] = [
    () => rmSync(dir, {recursive: true, force: true}),
    () => children.close(),
  ];
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    const [redis, databaseUrl] = await Promise.all([
      redisIn(children, dir),
      openDatabase(options, children, dir),
    ]);
    endings.push(redis.forget);
    const key = await prepareTenant(databaseUrl, options.preset);
    // As late as possible, because another one that starts in the meantime wants the same port.
    const port = options.port ?? (await findFreePort(usualPort));
    const {url, stop: stopServices} = await startServices({...options, ...redis, port, databaseUrl});
    endings.push(stopServices);
    return {url, key, stop};
  } catch (error) {
    await stop();
    throw error;
  }
}

async function requireFree(wanted: number | undefined): Promise<void> {
  if (wanted === undefined || (await isPortFree(wanted))) return;
  throw new Fatal(`port ${wanted} is taken; without --port a free one is chosen`);
}

/** Returns the address of a database with the current schema. It is not crash-safe, because nobody needs its data later. */
async function openDatabase(options: DevOptions, children: Children, dir: string): Promise<string> {
  const {postgres: programs, logLevel} = options;
  const {url} = await startPostgres({
    children,
    dataDir: join(dir, 'postgres'),
    port: await findFreePort(),
    programs,
    isDurable: false,
  });
  await migrate(url, createLogger({name: 'migrate', level: logLevel}));
  return url;
}
