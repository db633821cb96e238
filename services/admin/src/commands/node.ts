import {listNodes} from '@madang/database/operator/operator';
import {createRedisClients} from '@madang/redis/clients';
import {listLeasedNodes} from '@madang/redis/occupancy';
import {createLogger} from '@madang/runtime/log';
import {redisServersOf} from '@madang/runtime/redis-servers';
import type {Command} from 'commander';
import type {Config} from '../config.ts';
import {action} from '../run.ts';

export function addNodeCommands(program: Command): void {
  program
    .command('node')
    .description('the gateways')
    .command('list')
    .description('gateways of the last hour, and the stores in which their leases are valid')
    .action(
      action(async (db, config) => {
        const [nodes, inRedis] = await Promise.all([listNodes(db), findInRedis(config)]);
        const rows = nodes.map(({id, isAlive, leaseUntil}) => ({
          name: id.slice(0, id.lastIndexOf(':')),
          alive: isAlive,
          redis: inRedis?.has(id) ?? 'unknown',
          leaseUntil,
          id,
        }));
        return {rows, columns: ['name', 'alive', 'redis', 'leaseUntil', 'id']};
      }),
    );
}

/** Undefined while Redis is away, so that the rest is still shown. */
async function findInRedis(config: Config): Promise<Set<string> | undefined> {
  const log = createLogger({name: 'admin', level: 'silent'});
  const redis = createRedisClients({servers: redisServersOf(config), prefix: config.REDIS_PREFIX, log});
  try {
    await redis.connect();
    return new Set(await listLeasedNodes(redis));
  } catch {
    return undefined;
  } finally {
    await redis.close();
  }
}
