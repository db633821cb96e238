import {startClusterRedis, type ClusterRedis} from './redis-cluster.ts';
import {startNamedRedis, type NamedRedis} from './redis-pair.ts';
import {startSentinelRedis, type SentinelRedis} from './redis-sentinels.ts';
import {startPrivateRedis, testRedis, type PrivateRedis} from './redis.ts';

/**
 * `shared` is that of all test files. The others are the test's own, which it may break: `private` is one server,
 * `replicated` a primary and a replica behind one name, `sentinels` the same with Sentinels in place of the name and with
 * passwords, and `cluster` three shards with a replica each.
 */
export type RedisChoice = 'shared' | 'private' | 'replicated' | 'sentinels' | 'cluster';

export type RedisOfCluster = {
  /** What the processes take from their environment to use it. */
  env: Record<string, string>;
  /** Empty for `sentinels` and `cluster`, which are not one address. */
  redisUrl: string;
  redisPrefix: string;
  /** Set when requested as `private` or `replicated`. */
  redis?: PrivateRedis;
  /** Set when requested as `replicated`. */
  namedRedis?: NamedRedis;
  /** Set when requested as `sentinels`. */
  sentinelRedis?: SentinelRedis;
  /** Set when requested as `cluster`. */
  clusterRedis?: ClusterRedis;
  close(): Promise<void>;
};

export async function startRedisOf(choice: RedisChoice): Promise<RedisOfCluster> {
  const own = {redisUrl: '', redisPrefix: 'madang:'};
  switch (choice) {
    case 'shared': {
      const {url, prefix} = testRedis();
      return {env: {REDIS_URL: url}, redisUrl: url, redisPrefix: prefix, close: () => Promise.resolve()};
    }
    case 'private': {
      const redis = await startPrivateRedis({appendOnly: true});
      return {...own, env: {REDIS_URL: redis.url}, redisUrl: redis.url, redis, close: () => redis.close()};
    }
    case 'replicated': {
      const redis = await startNamedRedis();
      const {url} = redis;
      return {
        ...own,
        env: {REDIS_URL: url},
        redisUrl: url,
        redis,
        namedRedis: redis,
        close: () => redis.close(),
      };
    }
    case 'sentinels': {
      const redis = await startSentinelRedis({password: 'data-password', ownPassword: 'sentinel-password'});
      return {...own, env: redis.env, sentinelRedis: redis, close: () => redis.close()};
    }
    case 'cluster': {
      const redis = await startClusterRedis({password: 'cluster-password'});
      return {...own, env: redis.env, clusterRedis: redis, close: () => redis.close()};
    }
  }
}
