import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {promisify} from 'node:util';
import type {Children} from './children.ts';
import {Fatal} from './fatal.ts';
import {findFreePort} from './free-port.ts';
import {startRedis, type Redis} from './redis.ts';

const run = promisify(execFile);

export interface RedisClusterOptions {
  children: Children;
  dir: string;
  primaries: number;
  replicas: number;
  /** The password that clients and nodes must present: letters and digits. */
  password?: string;
  /** As in redis.conf. */
  settings?: (node: number) => Record<string, string | number>;
}

export interface RedisClusterNode extends Redis {
  port: number;
  /** Starts it again after its end; it rejoins the Cluster. */
  restart(): Promise<void>;
}

const FORMED_WITHIN_MS = 30_000;

/** Starts a Redis Cluster on 127.0.0.1. Resolves once every node holds all slots to be served. The primaries come first. */
export async function startRedisCluster(options: RedisClusterOptions): Promise<RedisClusterNode[]> {
  const count = options.primaries * (1 + options.replicas);
  const nodes: RedisClusterNode[] = [];
  for (let index = 0; index < count; index += 1) nodes.push(await startNode(options, index));
  const addresses = nodes.map(({port}) => `127.0.0.1:${port}`);
  await run('redis-cli', [
    ...login(options),
    '--cluster',
    'create',
    ...addresses,
    '--cluster-replicas',
    String(options.replicas),
    '--cluster-yes',
  ]);
  const deadline = performance.now() + FORMED_WITHIN_MS;
  while (!(await isClusterFormed(nodes, options))) {
    if (performance.now() > deadline) throw new Fatal('the Redis Cluster does not form');
    await delay(100);
  }
  return nodes;
}

async function startNode(
  {children, dir, password, settings}: RedisClusterOptions,
  index: number,
): Promise<RedisClusterNode> {
  const [port, busPort] = [await findFreePort(), await findFreePort()];
  const name = `redis-${index + 1}`;
  const start = () =>
    startRedis({
      children,
      dir: join(dir, name),
      port,
      name,
      appendOnly: true,
      ...(password && {password}),
      settings: {
        'cluster-enabled': 'yes',
        'cluster-node-timeout': 2_000,
        // The default is 10,000 above the port, which may be no port at all.
        'cluster-port': busPort,
        ...(password && {masterauth: password}),
        ...settings?.(index),
      },
    });
  const node: RedisClusterNode = {
    ...(await start()),
    port,
    async restart() {
      Object.assign(node, await start());
    },
  };
  return node;
}

/** Whether every node serves all slots, and every replica follows its primary. */
export async function isClusterFormed(
  nodes: RedisClusterNode[],
  options: Pick<RedisClusterOptions, 'primaries' | 'password'>,
): Promise<boolean> {
  const ask = (...command: string[]) =>
    Promise.all(
      nodes.map(async ({port}) => {
        const {stdout} = await run('redis-cli', [...login(options), '-p', String(port), ...command]);
        return stdout;
      }),
    );
  const [states, roles] = [await ask('cluster', 'info'), await ask('info', 'replication')];
  const following = roles.filter((text) => text.includes('master_link_status:up')).length;
  return (
    states.every((text) => text.includes('cluster_state:ok')) &&
    following === nodes.length - options.primaries
  );
}

function login({password}: Pick<RedisClusterOptions, 'password'>): string[] {
  return password ? ['-a', password, '--no-auth-warning'] : [];
}
