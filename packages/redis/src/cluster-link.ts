/**
 * The connections to a Redis Cluster. A link is up while the primary of every slot answers; while one shard is away, the
 * keys of the others are served.
 *
 * ioredis sends a command again only where Redis has refused it unexecuted (MOVED, ASK, TRYAGAIN). A command whose
 * connection broke is not repeated, as with one server.
 */
import {once} from 'node:events';
import {slotOf} from './slot.ts';
import {Cluster, type Redis, type RedisOptions} from 'ioredis';
import type {Login, RedisServers} from '@madang/runtime/redis-servers';
import {ClusterSubscriber} from './cluster-subscriber.ts';
import {backoff, catchRejections, firstAttempt, gatherWrites, quit, shared} from './link.ts';
import type {Link, LinkEvents, RedisConnection, RedisSubscriber, Shards, Topology} from './link.ts';

type Settings = LinkEvents & {servers: RedisServers; options: RedisOptions; gathers: boolean};
type ClientName = 'commands' | 'publisher' | 'subscriber' | 'sessions';

/** How often the owners of the slots are read while all is well. */
const refreshEveryMs = 5_000;
const refreshAtMostEveryMs = 200;
/** How long a node may take to say who owns the slots; then another is asked. */
const refreshWithinMs = 1_000;

export function openCluster(settings: (client: ClientName) => Settings) {
  const commands = openClusterLink(settings('commands'));
  const topology = topologyOf(commands);
  let connecting: Promise<void> | undefined;
  const connect = () => (connecting ??= commands.connect());
  const links = {
    commands: {...commands, connect},
    publisher: openClusterLink(settings('publisher')),
    sessions: openClusterLink(settings('sessions')),
    subscriber: openSubscriberLink(settings('subscriber'), topology, connect),
  };
  return {links, shards: shardsOf(commands.cluster, topology)};
}

function topologyOf({cluster, owners, refresh}: ClusterLink): Topology {
  return {
    ownerOf: (slot) => cluster.slots[slot]?.[0],
    owners,
    onRefresh: (listener) => cluster.on('refresh', listener),
    refresh,
  };
}

type ClusterLink = Link & {cluster: Cluster; owners(): string[]; refresh(): void};

/** Asks a node who owns the slots, at most a few times a second: until a failover is over, the answer does not change. */
function refresherOf(cluster: Cluster): () => void {
  let refreshedAt = -Infinity;
  return () => {
    if (cluster.status !== 'ready' || performance.now() - refreshedAt < refreshAtMostEveryMs) return;
    refreshedAt = performance.now();
    cluster.refreshSlotsCache(() => {});
  };
}

function openClusterLink({servers, options, gathers, ...events}: Settings): ClusterLink {
  if (!('nodes' in servers.at)) throw new Error('no Cluster');
  const {scripts, ...redisOptions} = {
    ...shared,
    ...options,
    ...servers.login(),
    ...(servers.tls && {tls: servers.tls}),
  };
  const cluster = new Cluster(servers.at.nodes, {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: backoff,
    slotsRefreshInterval: refreshEveryMs,
    slotsRefreshTimeout: refreshWithinMs,
    // Not repeated: Redis may have executed the command, or answers late.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    maxRedirections: 5,
    // Certificates name hosts, not addresses.
    dnsLookup: (host, done) => done(null, host),
    redisOptions,
    ...(scripts && {scripts}),
  });
  const refresh = refresherOf(cluster);
  /** The primary of each slot, and each primary once, as last read. */
  let ownerOfSlots = '';
  let owners: string[] = [];

  cluster.on('+node', (node: Redis) => {
    if (gathers) gatherWrites(node);
    // ioredis awaits none of the commands that it sends to a node by itself.
    catchRejections(node);
    node.on('ready', () => {
      events.onRenewed();
      events.onChange();
    });
  });
  cluster.on('-node', () => {
    refresh();
    events.onChange();
  });
  cluster.on('refresh', () => {
    const before = ownerOfSlots;
    const ofSlots = cluster.slots.map((keys) => keys[0]!);
    ownerOfSlots = ofSlots.join();
    owners = [...new Set(ofSlots)];
    if (before !== '' && before !== ownerOfSlots) events.onRenewed();
    connectPrimaries(cluster);
    events.onChange();
  });
  cluster.on('ready', () => connectPrimaries(cluster));
  for (const event of ['ready', 'close', 'end']) cluster.on(event, events.onChange);
  cluster.on('error', (error: Error & {lastNodeError?: Error}) =>
    events.onFault(error.lastNodeError ?? error, 'cluster'),
  );
  cluster.on('node error', (error: Error, key: string) => events.onFault(error, key));
  catchRejections(cluster, (error) => {
    events.onFault(error, 'cluster');
    refresh();
  });

  const isUp = () => cluster.status === 'ready' && owners.length > 0 && areReady(cluster, owners);
  return {
    connection: cluster as unknown as RedisConnection,
    cluster,
    owners: () => owners,
    refresh,
    isUp,
    async connect() {
      await firstAttempt(() => cluster.connect(), once(cluster, 'close'));
      // A node's connection opens with its first command.
      await Promise.allSettled(cluster.nodes('master').map((node) => node.ping()));
    },
    watch(login) {
      useLogin(cluster, login);
      if (!isUp()) refresh();
      for (const node of cluster.nodes('master')) void node.ping().catch(() => undefined);
      events.onChange();
    },
    close: () => quit(cluster, cluster.status === 'ready'),
  };
}

/** Otherwise a connection opens with its first command. Before `ready`, ioredis asks over one that is not open yet. */
function connectPrimaries(cluster: Cluster): void {
  if (cluster.status !== 'ready') return;
  for (const node of cluster.nodes('master'))
    if (node.status === 'wait') void node.connect().catch(() => undefined);
}

function areReady(cluster: Cluster, keys: string[]): boolean {
  const ready = cluster.nodes('master').filter(({status}) => status === 'ready');
  return keys.every((key) => ready.some(({options}) => key === `${options.host}:${options.port}`));
}

/** For connections from now on; ioredis copies the options of one connection to the next. */
function useLogin(cluster: Cluster, login: Login): void {
  const {connectionPool} = cluster as unknown as {connectionPool: {redisOptions: RedisOptions}};
  for (const options of [connectionPool.redisOptions, ...cluster.nodes().map((node) => node.options)])
    Object.assign(options, login);
}

function openSubscriberLink(
  {servers, options, ...events}: Settings,
  topology: Topology,
  connected: () => Promise<void>,
): Link<RedisSubscriber> {
  const base = {...shared, ...options, ...servers.login(), ...(servers.tls && {tls: servers.tls})};
  const subscriber = new ClusterSubscriber(topology, base, events);
  return {
    connection: subscriber as unknown as RedisSubscriber,
    async connect() {
      await connected();
      await subscriber.open();
    },
    isUp: () => subscriber.isComplete(),
    watch: (login) => subscriber.watch(login),
    close: () => subscriber.close(),
  };
}

function shardsOf(cluster: Cluster, {owners, ownerOf}: Topology): Shards {
  /** The smallest number whose slot the node owns. With one of 16,384 slots or more, there is one. */
  const tagAt = (owner: string | undefined) => {
    for (let number = 0; number < 1_000_000; number += 1)
      if (ownerOf(slotOf(`{${number}}`)) === owner) return `{${number}}`;
    return '{0}';
  };
  return {
    tags: () => owners().map(tagAt),
    tagOf: (key) => tagAt(ownerOf(slotOf(key))),
    async infos(section) {
      const nodes = cluster.nodes('master');
      if (nodes.length === 0) throw new Error('the Cluster is away');
      return Promise.all(nodes.map((node) => node.info(section)));
    },
  };
}
