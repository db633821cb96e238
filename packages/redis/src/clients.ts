import type {Logger} from '@madang/runtime/log';
import {Counter, Gauge, type Registry} from '@madang/runtime/metrics';
import {serverAt, type RedisServers} from '@madang/runtime/redis-servers';
import type {RedisOptions} from 'ioredis';
import {createCauses, type Causes} from './causes.ts';
import {openCluster} from './cluster-link.ts';
import {createKeys, type Keys} from './keys.ts';
import {otherKindOf, requireKind} from './kind.ts';
import type {Link, LinkEvents, RedisConnection, RedisSubscriber, Shards} from './link.ts';
import {scripts, type RedisCommands} from './scripts.ts';
import {openServerLink} from './server-link.ts';
import {requireVersion} from './version.ts';

/*
 * Redis may be down at any time, and nothing durable depends on it. So no command may wait long, queue without bound or
 * end the process; every connection reconnects by itself and knows whether it is up.
 */

export type {RedisConnection, RedisSubscriber} from './link.ts';

export type RedisClients = Shards & {
  /** The names of all keys of this installation. */
  keys: Keys;
  /** For Lua, limits and occupancy. */
  commands: RedisCommands;
  /** The connection on which the Socket.IO adapter publishes. */
  publisher: RedisConnection;
  /** The connection on which the Socket.IO adapter subscribes. */
  subscriber: RedisSubscriber;
  /** The connection on which connect-redis stores sessions. */
  sessions: RedisConnection;
  /**
   * Begins to connect. Resolves when all connections are up or the first attempt has failed; after that they keep trying.
   * Rejects only when the server answers and is too old, or of another kind than configured.
   */
  connect(): Promise<void>;
  close(): Promise<void>;
  /** Whether all four connections are usable. */
  isUp(): boolean;
  /** What is wrong with each connection that is down, or that Redis has refused a command in the last seconds. */
  faults(): string[];
  /**
   * Calls back each time all four have become usable, including the first time. Returns a function that unsubscribes. The
   * subscriber's re-subscriptions have been sent by then, so a `subscriber.ping()` from the callback is answered after
   * them.
   */
  onUp(listener: () => void): () => void;
  /** Calls back each time one connection is lost after all were usable. */
  onDown(listener: () => void): () => void;
  /** Calls back each time `commands` has a new connection, whose server may lack what was written last. */
  onRenewed(listener: () => void): () => void;
};

export type RedisClientsOptions = ({url: string} | {servers: RedisServers}) & {
  prefix: string;
  log: Logger;
  metrics?: Registry;
  /** Shown by CLIENT LIST, for example the node's id. */
  name?: string;
};

/** How often idle connections are checked. A half-open one never reports that by itself, nor does a demoted server. */
const watchEveryMs = 1_000;

const failingFast: RedisOptions = {
  // While Redis is away a command fails at once. Queued commands would pile up and run late when Redis returns.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  // Redis may have executed a command that was in flight when the connection broke. The caller decides whether to repeat
  // it.
  autoResendUnfulfilledCommands: false,
};

const optionsOf = {
  // A send's deadline is 900 ms, and it may have to ask for a rate limit first.
  commands: {...failingFast, commandTimeout: 500, scripts},
  // The adapter awaits the publish before local delivery. The pulse repairs a lost frame.
  publisher: {...failingFast, commandTimeout: 1_000},
  // Without its subscription the node would miss that socketRoom for good, so these commands do wait.
  subscriber: {enableOfflineQueue: true, maxRetriesPerRequest: null, autoResubscribe: true},
  // A sign-in may wait this long. After that the answer is 503.
  sessions: {...failingFast, commandTimeout: 1_000},
} satisfies Record<string, RedisOptions>;

type ClientName = keyof typeof optionsOf;
const names = Object.keys(optionsOf) as ClientName[];

/** Creates the four connections of a process, which are not connected yet. */
export function createRedisClients({
  prefix,
  log,
  metrics,
  name = 'madang',
  ...given
}: RedisClientsOptions): RedisClients {
  const servers = 'url' in given ? serverAt(given.url) : given.servers;
  const causes = createCauses(log, metrics);
  const [upListeners, downListeners, renewedListeners] = [listeners(), listeners(), listeners()];
  let isClosing = false;
  let wasUp = false;
  let otherKind: string | undefined;
  let watching: NodeJS.Timeout | undefined;

  const {links, shards} = open(servers, name, eventsOf);
  const all = names.map((client): [ClientName, Link<unknown>] => [client, links[client]]);
  const isUp = () => all.every(([, link]) => link.isUp());
  const disconnects = createMetrics(all, metrics);

  function eventsOf(client: ClientName): LinkEvents {
    return {
      onChange: () => notice(client),
      onRenewed: () => client === 'commands' && renewedListeners.call(),
      onFault(error, server) {
        otherKind ??= otherKindOf(error);
        if (!isClosing) causes.note(client, error, server);
      },
      onReplica: (server) => causes.noteReplica(client, server),
    };
  }

  function notice(client: ClientName): void {
    if (!links[client].isUp()) disconnects(client);
    if (isUp() === wasUp) return;
    wasUp = !wasUp;
    if (wasUp) log.info('redis is up');
    else if (!isClosing) log.warn({faults: faultsOf(all, causes)}, 'redis is down');
    (wasUp ? upListeners : downListeners).call();
  }

  async function requireSuitable(): Promise<void> {
    const said = otherKind;
    otherKind = undefined;
    if (said !== undefined) throw new Error(said);
    for (const info of await shards.infos('server').catch(() => [])) {
      requireVersion(info);
      requireKind(info, servers);
    }
  }

  return {
    ...shards,
    keys: createKeys(prefix, {isCluster: 'nodes' in servers.at}),
    commands: links.commands.connection as unknown as RedisCommands,
    publisher: links.publisher.connection,
    subscriber: links.subscriber.connection,
    sessions: links.sessions.connection,
    isUp,
    faults: () => faultsOf(all, causes),

    async connect() {
      watching = setInterval(() => {
        const login = servers.login();
        for (const [, link] of all) link.watch(login);
      }, watchEveryMs);
      watching.unref();
      await Promise.all(all.map(([, link]) => link.connect()));
      if (!isUp()) log.warn({faults: faultsOf(all, causes)}, 'redis is away; starting without it');
      await requireSuitable();
      // Once started, the process does not stop for this, but it logs the error.
      upListeners.add(() => void requireSuitable().catch((error: Error) => log.error(error.message)));
    },

    async close() {
      isClosing = true;
      clearInterval(watching);
      await Promise.allSettled(all.map(([, link]) => link.close()));
    },

    onUp: upListeners.add,
    onDown: downListeners.add,
    onRenewed: renewedListeners.add,
  };
}

type Links = Record<Exclude<ClientName, 'subscriber'>, Link> & {subscriber: Link<RedisSubscriber>};

function open(
  servers: RedisServers,
  name: string,
  eventsOf: (client: ClientName) => LinkEvents,
): {links: Links; shards: Shards} {
  const settings = (client: ClientName) => ({
    servers,
    options: {...optionsOf[client], connectionName: `${name}:${client}`} as RedisOptions,
    gathers: client === 'publisher' || client === 'sessions',
    ...eventsOf(client),
  });
  if ('nodes' in servers.at) return openCluster(settings);
  const [commands, publisher, subscriber, sessions] = names.map((client) => openServerLink(settings(client)));
  return {
    links: {commands, publisher, subscriber, sessions} as Links,
    shards: {
      tags: () => [''],
      tagOf: () => '',
      infos: async (section) => [await commands!.connection.info(section)],
    },
  };
}

function faultsOf(all: [ClientName, Link<unknown>][], causes: Causes): string[] {
  return all.flatMap(([client, link]) => {
    const cause = link.isUp() ? causes.recent(client) : (causes.last(client) ?? 'disconnected');
    return cause === undefined ? [] : `${client} ${cause}`;
  });
}

function listeners() {
  const all = new Set<() => void>();
  return {
    add(listener: () => void): () => void {
      all.add(listener);
      return () => all.delete(listener);
    },
    call: () => all.forEach((listener) => listener()),
  };
}

function createMetrics(
  all: [ClientName, Link<unknown>][],
  metrics: Registry | undefined,
): (client: ClientName) => void {
  if (!metrics) return () => {};
  const registers = [metrics];
  const disconnects = new Counter({
    name: 'madang_redis_disconnects_total',
    help: 'Times a Redis connection, or an attempt at one, ended.',
    labelNames: ['client'],
    registers,
  });
  new Gauge({
    name: 'madang_redis_connection_up',
    help: 'Whether a Redis connection is usable.',
    labelNames: ['client'],
    registers,
    collect() {
      for (const [client, link] of all) this.set({client}, link.isUp() ? 1 : 0);
    },
  });
  return (client) => disconnects.inc({client});
}
