/** Refuses a Redis that is of another kind than configured, in one line that names the variable. */
import type {RedisServers} from '@madang/runtime/redis-servers';

const variableOf = {standalone: 'REDIS_URL', sentinel: 'REDIS_SENTINELS', cluster: 'REDIS_CLUSTER_NODES'};

/** Throws if the answer to `INFO server` is of another kind. */
export function requireKind(info: string, {at}: RedisServers): void {
  const mode = /redis_mode:(\w+)/.exec(info)?.[1] as keyof typeof variableOf | undefined;
  const expected = 'nodes' in at ? 'cluster' : 'standalone';
  if (mode === undefined || mode === expected) return;
  const named = 'server' in at ? 'REDIS_URL' : 'nodes' in at ? 'REDIS_CLUSTER_NODES' : 'REDIS_SENTINELS';
  throw new Error(`${named}: the server is of the kind ${mode}; name it in ${variableOf[mode]}`);
}

/** What to tell an operator if a failure to connect shows that the address is of another kind. */
export function otherKindOf({message}: Error): string | undefined {
  if (message.includes('cluster support disabled'))
    return 'REDIS_CLUSTER_NODES: the server is no node of a Cluster; name it in REDIS_URL';
  if (/unknown command '?sentinel/i.test(message))
    return 'REDIS_SENTINELS: the server is no Sentinel; name it in REDIS_URL';
  return undefined;
}
