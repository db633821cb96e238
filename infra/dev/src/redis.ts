import {randomUUID} from 'node:crypto';
import {join} from 'node:path';
import type {Children} from '@madang/processes/children';
import {Fatal} from '@madang/processes/fatal';
import {findFreePort} from '@madang/processes/free-port';
import {findProgram} from '@madang/processes/install';
import {startRedis} from '@madang/processes/redis';
import {Redis} from 'ioredis';

export type DevRedis = {
  redisUrl: string;
  redisPrefix: string;
  /** Removes its keys from a Redis that others also use. */
  forget(): Promise<void>;
};

/** Connects to the Redis of an address, or else starts our own. Throws one line if neither is possible. */
export function chooseRedis(redisUrl?: string): (children: Children, dir: string) => Promise<DevRedis> {
  const redisPrefix = `madang-dev-${randomUUID()}:`;
  if (redisUrl) {
    return () => Promise.resolve({redisUrl, redisPrefix, forget: () => removeKeys(redisUrl, redisPrefix)});
  }
  if (!findProgram('redis-server')) {
    throw new Fatal('redis-server is not in PATH: install Redis, or set REDIS_URL to the address of one');
  }
  return async (children, dir) => {
    const port = await findFreePort();
    const {url} = await startRedis({children, dir: join(dir, 'redis'), port, appendOnly: false});
    return {redisUrl: url, redisPrefix, forget: () => Promise.resolve()};
  };
}

async function removeKeys(redisUrl: string, prefix: string): Promise<void> {
  const redis = new Redis(redisUrl, {maxRetriesPerRequest: 1, retryStrategy: () => null});
  redis.on('error', () => undefined);
  try {
    for await (const keys of redis.scanStream({match: `${prefix}*`, count: 1_000})) {
      if ((keys as string[]).length > 0) await redis.unlink(keys as string[]);
    }
  } catch {
    // Redis has ended before us, with or without its keys. There is nothing left to do.
  } finally {
    redis.disconnect();
  }
}
