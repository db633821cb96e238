import {chmodSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Children} from '@madang/processes/children';
import {findFreePort} from '@madang/processes/free-port';
import {installMissing} from '@madang/processes/install';
import {startPostgres} from '@madang/processes/postgres';
import {startRedis} from '@madang/processes/redis';
import type {TestProject} from 'vitest/node';
import {createTemplate} from './database.ts';
import {programs} from './postgres-under-test.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The superuser's address of the one Postgres that all test files share. */
    postgresUrl: string;
    /** The one Redis that all test files share; each file has its own key prefix. */
    redisUrl: string;
  }
}

// Test files run side by side, each with gateways that hold a dozen connections.
const MAX_CONNECTIONS = 300;

/** Starts what the tests need for the whole run. The teardown leaves neither a process nor a file. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  installMissing(['redis-server', 'haproxy', 'pgbouncer'], (line) => process.stdout.write(`${line}\n`));
  const folder = mkdtempSync(join(tmpdir(), 'madang-test-'));
  // Postgres runs as its own user when the tests run as root, and that user must be able to enter the folder.
  chmodSync(folder, 0o755);
  const children = new Children(join(folder, 'run'), folder);
  const tearDown = async () => {
    await children.close();
    rmSync(folder, {recursive: true, force: true});
  };
  try {
    const [postgres, redis] = await Promise.all([
      findFreePort().then((port) =>
        startPostgres({
          children,
          dataDir: join(folder, 'postgres'),
          port,
          maxConnections: MAX_CONNECTIONS,
          programs,
        }),
      ),
      findFreePort().then((port) =>
        startRedis({children, dir: join(folder, 'redis'), port, appendOnly: false}),
      ),
    ]);
    await createTemplate(postgres.url);
    project.provide('postgresUrl', postgres.url);
    project.provide('redisUrl', redis.url);
  } catch (error) {
    await tearDown();
    throw error;
  }
  return tearDown;
}
