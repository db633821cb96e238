/** A gateway's stores, connected: Postgres, Redis, and the shared state of nodes in Redis. */
import {createRedisClients, type RedisClients} from '@madang/redis/clients';
import {createOccupancy, type Occupancy} from '@madang/redis/occupancy';
import {createRateLimits, type RateLimits} from '@madang/redis/rate-limits';
import {createReserve, type Reserve} from '@madang/redis/reserve';
import type {Logger} from '@madang/runtime/log';
import type {Registry} from '@madang/runtime/metrics';
import {redisServersOf} from '@madang/runtime/redis-servers';
import type {Config} from '../config.ts';
import {openDatabases, type Databases} from './databases.ts';

export type Stores = Databases & {
  redis: RedisClients;
  reserve: Reserve;
  occupancy: Occupancy;
  limits: RateLimits;
};

/** Rejects with one line if the schema is older than needed, or Redis is of another kind; Redis may be away. */
export async function openStores(
  config: Config,
  {nodeId, registry, log}: {nodeId: string; registry: Registry; log: Logger},
): Promise<Stores> {
  const {db, filesDb} = await openDatabases(config, log, registry);
  const redis = createRedisClients({
    servers: redisServersOf(config),
    prefix: config.REDIS_PREFIX,
    log,
    metrics: registry,
    name: config.NODE_NAME,
  });
  await redis.connect();
  const [beatMs, leaseMs] = [config.OCCUPANCY_BEAT_MS, config.OCCUPANCY_LEASE_MS];
  const occupancy = createOccupancy({clients: redis, nodeId, log, beatMs, leaseMs});
  const limits = createRateLimits({clients: redis, nodeId, log, nodes: () => occupancy.nodeCount()});
  return {db, filesDb, redis, reserve: createReserve(redis, log), occupancy, limits};
}
