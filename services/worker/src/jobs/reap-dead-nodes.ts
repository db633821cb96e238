import type {RedisClients} from '@madang/redis/clients';
import {reapDeadNodes} from '@madang/redis/occupancy';
import type {Logger} from '@madang/runtime/log';
import type {Job} from '../job.ts';

/**
 * Drops the users of nodes whose lease in Redis has expired.
 *
 * After an outage every lease has expired, including those of live nodes. So nothing is dropped until Redis has been up
 * for `settleMs`, by which time live nodes have written themselves again. No connected user is dropped.
 */
export function createReapDeadNodes({redis, log, everyMs, settleMs}: ReapOptions): Job {
  let upSince = redis.isUp() ? performance.now() : undefined;
  redis.onUp(() => (upSince = performance.now()));
  redis.onDown(() => (upSince = undefined));
  return {
    name: 'reap-dead-nodes',
    everyMs,
    async run() {
      if (upSince === undefined || performance.now() - upSince < settleMs) return 0;
      const nodes = await reapDeadNodes(redis);
      if (nodes.length > 0) log.info({nodes}, 'dropped the users of dead nodes');
      return nodes.length;
    },
  };
}

export type ReapOptions = {redis: RedisClients; log: Logger; everyMs: number; settleMs: number};
