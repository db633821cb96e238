import {
  isClusterFormed,
  startRedisCluster,
  type RedisClusterNode,
  type RedisClusterOptions,
} from '@madang/processes/redis-cluster';
import {beginChildren} from './own-children.ts';
import type {Running} from './redis-pair.ts';
import {commandRedis} from './redis.ts';
import {waitFor} from './wait-for.ts';

export type ClusterRedis = Running & {
  nodes: RedisClusterNode[];
  url(port: number): string;
  /** The port of the primary of this key's slot, by any node but the one given. */
  ownerOf(key: string, except?: number): Promise<number>;
  /** The primary of this key's slot. */
  primaryOf(key: string): Promise<RedisClusterNode>;
  /** Moves the slot of a key, which should hold few keys, to another primary. */
  migrate(key: string): Promise<void>;
  /** Resolves once every shard has a primary and a replica that follows it. */
  settle(): Promise<void>;
};

/** Starts a Cluster of three primaries with a replica each. */
export async function startClusterRedis(
  options: Pick<RedisClusterOptions, 'password' | 'settings'> = {},
): Promise<ClusterRedis> {
  const {dir, children, close} = beginChildren();
  const nodes = await startRedisCluster({children, dir, primaries: 3, replicas: 1, ...options}).catch(
    async (error: unknown) => {
      await close();
      throw error;
    },
  );
  const login = options.password ? `default:${options.password}@` : '';
  const url = (port: number) => `redis://${login}127.0.0.1:${port}`;
  const ask = (port: number, ...command: string[]) => commandRedis(url(port), ...command);
  const auth = options.password ? ['AUTH', options.password] : [];
  const living = () => nodes.filter(({child}) => child.isRunning());

  async function ownerOf(key: string, except?: number): Promise<number> {
    const {port} = living().find((node) => node.port !== except)!;
    const slot = Number(await ask(port, 'cluster', 'keyslot', key));
    for (const line of (await ask(port, 'cluster', 'nodes')).split('\n')) {
      const [, address = '', flags = '', , , , , , ...ranges] = line.split(' ');
      const owns = ranges.some((range) => {
        const [from = NaN, to = from] = range.split('-').map(Number);
        return slot >= from && slot <= to;
      });
      if (owns && flags.includes('master')) return Number(/:(\d+)@/.exec(address)![1]);
    }
    throw new Error(`nobody owns slot ${slot}`);
  }

  async function migrate(key: string): Promise<void> {
    const from = await ownerOf(key);
    const slot = await ask(from, 'cluster', 'keyslot', key);
    const primaries: number[] = [];
    for (const {port} of living()) if ((await ask(port, 'role')).startsWith('master')) primaries.push(port);
    const to = primaries.find((port) => port !== from)!;
    const [fromId, toId] = [await ask(from, 'cluster', 'myid'), await ask(to, 'cluster', 'myid')];
    await ask(to, 'cluster', 'setslot', slot, 'importing', fromId);
    await ask(from, 'cluster', 'setslot', slot, 'migrating', toId);
    for (;;) {
      const keys = (await ask(from, 'cluster', 'getkeysinslot', slot, '100')).split('\n').filter(Boolean);
      if (keys.length === 0) break;
      await ask(
        from,
        'migrate',
        '127.0.0.1',
        String(to),
        '',
        '0',
        '5000',
        'REPLACE',
        ...auth,
        'KEYS',
        ...keys,
      );
    }
    for (const port of [to, from, ...primaries.filter((one) => one !== from && one !== to)])
      await ask(port, 'cluster', 'setslot', slot, 'node', toId);
  }

  return {
    env: {
      REDIS_CLUSTER_NODES: nodes.map(({port}) => `127.0.0.1:${port}`).join(','),
      ...(options.password && {REDIS_PASSWORD: options.password}),
    },
    nodes,
    url,
    ownerOf,
    async primaryOf(key) {
      const port = await ownerOf(key);
      return nodes.find((node) => node.port === port)!;
    },
    migrate,
    async settle() {
      const isWhole = () => isClusterFormed(nodes, {primaries: 3, ...options});
      await waitFor(isWhole, {timeoutMs: 60_000, what: 'the Cluster to be whole', everyMs: 200});
    },
    close,
  };
}
