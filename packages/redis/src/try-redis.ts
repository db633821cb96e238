import type {Logger} from '@madang/runtime/log';
import type {RedisServers} from '@madang/runtime/redis-servers';
import {createRedisClients} from './clients.ts';

/** Connects once, and says who answers. Rejects with the reason if nobody does, or a server that is too old. */
export async function tryRedis({servers, prefix}: {servers: RedisServers; prefix: string}): Promise<string> {
  const reasons: string[] = [];
  const clients = createRedisClients({servers, prefix, name: 'madang:check', log: collecting(reasons)});
  try {
    await clients.connect();
    if (!clients.isUp()) throw new Error(reasons[0] ?? clients.faults().join('; '));
    const [info = ''] = await clients.infos('server');
    return `Redis ${/redis_version:(\S+)/.exec(info)?.[1]} answers`;
  } finally {
    await clients.close();
  }
}

/** A logger that only keeps why connections failed. */
function collecting(reasons: string[]): Logger {
  const note = (fields: unknown) => {
    const {reason} = (fields ?? {}) as {reason?: string};
    if (reason) reasons.push(reason);
  };
  const log = {debug: note, info: note, warn: note, error: note, child: () => log};
  return log as unknown as Logger;
}
