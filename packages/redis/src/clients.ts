import {Counter, Gauge} from '@madang/runtime/metrics';
import type {Registry} from '@madang/runtime/metrics';
import type {Logger} from '@madang/runtime/log';
import {Redis} from 'ioredis';
import type {RedisOptions} from 'ioredis';
import {createKeys} from './keys.ts';
import type {Keys} from './keys.ts';
import {scripts} from './scripts.ts';
import type {RedisCommands} from './scripts.ts';
import {requireVersion} from './version.ts';

/*
 * Redis may be down at any time, and nothing durable depends on it. So no command may wait long, queue without bound or
 * end the process; every connection reconnects by itself and knows whether it is up.
 */

export type RedisConnection = Redis;

export type RedisClients = {
  /** The names of all keys of this installation. */
  keys: Keys;
  /** For Lua, limits and occupancy. */
  commands: RedisCommands;
  /** The connection on which the Socket.IO adapter publishes. */
  publisher: RedisConnection;
  /** The connection on which the Socket.IO adapter subscribes. */
  subscriber: RedisConnection;
  /** The connection on which connect-redis stores sessions. */
  sessions: RedisConnection;
  /**
   * Begins to connect. Resolves when all connections are up or the first attempt has failed; after that they keep trying.
   * Rejects only when the server answers and is too old.
   */
  connect(): Promise<void>;
  close(): Promise<void>;
  /** Whether all four connections are usable. */
  isUp(): boolean;
  /**
   * Calls back each time all four have become usable, including the first time. Returns a function that unsubscribes. The
   * subscriber's re-subscriptions have been sent by then, so a `subscriber.ping()` from the callback is answered after
   * them.
   */
  onUp(listener: () => void): () => void;
  /** Calls back each time one connection is lost after all were usable. */
  onDown(listener: () => void): () => void;
};

export type RedisClientsOptions = {
  url: string;
  prefix: string;
  log: Logger;
  metrics?: Registry;
  /** Shown by CLIENT LIST, for example the node's id. */
  name?: string;
};

/** How often an idle connection is checked. A half-open one never reports that by itself. */
const pingEveryMs = 5_000;

const shared: RedisOptions = {
  // CLIENT SETINFO came with 7.2 and is refused before.
  disableClientInfo: true,
  // `connect()` connects, once the listeners are in place.
  lazyConnect: true,
  // How long connecting may take; the default of 10 s is longer than every deadline here.
  connectTimeout: 2_000,
  // A silent server (paused, partitioned) counts as lost this long after a command was sent.
  socketTimeout: 3_000,
  // Quick at first, then at most one attempt a second per connection. The jitter keeps nodes from returning at the same
  // time.
  retryStrategy: (attempt) =>
    Math.min(50 * 2 ** Math.min(attempt, 5), 1_000) + Math.floor(Math.random() * 100),
  // A server that is reading its AOF is retried like one that is away; the client does not wait for it.
  maxLoadingRetryTime: 1_000,
};

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
  commands: {...shared, ...failingFast, commandTimeout: 500, scripts},
  // The adapter awaits the publish before local delivery. The pulse repairs a lost frame.
  publisher: {...shared, ...failingFast, commandTimeout: 1_000},
  // Without its subscription the node would miss that socketRoom for good, so these commands do wait.
  subscriber: {...shared, enableOfflineQueue: true, maxRetriesPerRequest: null, autoResubscribe: true},
  // A sign-in may wait this long. After that the answer is 503.
  sessions: {...shared, ...failingFast, commandTimeout: 1_000},
} satisfies Record<string, RedisOptions>;

type ClientName = keyof typeof optionsOf;

/** Creates the four connections of a process, which are not connected yet. */
export function createRedisClients({
  url,
  prefix,
  log,
  metrics,
  name = 'madang',
}: RedisClientsOptions): RedisClients {
  const connections = {
    commands: open('commands') as RedisCommands,
    publisher: open('publisher'),
    subscriber: open('subscriber'),
    sessions: open('sessions'),
  };
  const all = Object.entries(connections) as [ClientName, Redis][];
  const count = createCounters(all, metrics);
  const upListeners = new Set<() => void>();
  const downListeners = new Set<() => void>();
  let wasUp = false;
  let isClosing = false;
  let pings: NodeJS.Timeout | undefined;

  function open(client: ClientName): Redis {
    return new Redis(url, {...optionsOf[client], connectionName: `${name}:${client}`});
  }

  const isUp = () => all.every(([, connection]) => connection.status === 'ready');

  const notice = () => {
    if (isUp() === wasUp) return;
    wasUp = !wasUp;
    if (wasUp) log.info('redis is up');
    else if (!isClosing) log.warn('redis is down');
    for (const listener of wasUp ? upListeners : downListeners) listener();
  };

  gatherWrites(connections.publisher);
  for (const [client, connection] of all) {
    catchRejections(connection, () => count.rejection(client));
    logFirstError(connection, log.child({client}));
    connection.on('ready', notice);
    connection.on('close', () => {
      count.disconnect(client);
      notice();
    });
  }

  return {
    keys: createKeys(prefix),
    ...connections,
    isUp,

    async connect() {
      pings = setInterval(() => {
        // The socketTimeout applies to the ping that this leaves unanswered.
        for (const [, connection] of all) if (connection.status === 'ready') void connection.ping();
      }, pingEveryMs);
      pings.unref();
      await Promise.allSettled(all.map(([, connection]) => connection.connect()));
      if (!isUp()) log.warn('redis is away; starting without it');
      const info = await connections.commands.info('server').catch(() => undefined);
      if (info !== undefined) requireVersion(info);
      // Once started, the process does not stop for this, but it logs the error.
      upListeners.add(() => {
        connections.commands
          .info('server')
          .then(requireVersion)
          .catch((error: Error) => log.error(error.message));
      });
    },

    async close() {
      isClosing = true;
      clearInterval(pings);
      await Promise.allSettled(all.map(([, connection]) => leave(connection)));
    },

    onUp: (listener) => listen(upListeners, listener),
    onDown: (listener) => listen(downListeners, listener),
  };
}

function listen(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Marks every command's rejection as handled and counts it. The adapter and ioredis's own re-subscription do not await
 * their commands, and one unhandled rejection would end the process. A caller that awaits a command still gets the
 * rejection.
 */
function catchRejections(connection: Redis, onRejection: () => void): void {
  const send = connection.sendCommand.bind(connection);
  connection.sendCommand = (command, stream) => {
    const answer = send(command, stream) as Promise<unknown>;
    answer.catch(onRejection);
    return answer;
  };
}

/** Sends everything that one step publishes in one write: a batch of messages in many rooms takes as many commands. */
function gatherWrites(connection: Redis): void {
  const send = connection.sendCommand.bind(connection);
  connection.sendCommand = (command, stream) => {
    const socket = connection.stream as Redis['stream'] | undefined;
    if (socket?.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return send(command, stream);
  };
}

/** Logs one line per outage, not one per attempt to reconnect. */
function logFirstError(connection: Redis, log: Logger): void {
  let isLogged = false;
  connection.on('error', (error: Error) => {
    if (!isLogged) log.warn({err: error}, 'redis connection failed');
    isLogged = true;
  });
  connection.on('ready', () => {
    isLogged = false;
  });
}

async function leave(connection: Redis): Promise<void> {
  // After QUIT, pending commands are still answered. Without a live connection there is nothing to wait for.
  if (connection.status === 'ready') {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, 1_000)));
    await Promise.race([connection.quit(), limit]).catch(() => {});
    clearTimeout(timer);
  }
  connection.disconnect();
}

function createCounters(all: [ClientName, Redis][], metrics: Registry | undefined) {
  if (!metrics) return {rejection: () => {}, disconnect: () => {}};
  const registers = [metrics];
  const rejections = new Counter({
    name: 'madang_redis_rejections_total',
    help: 'Redis commands that failed.',
    labelNames: ['client'],
    registers,
  });
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
      for (const [client, {status}] of all) this.set({client}, status === 'ready' ? 1 : 0);
    },
  });
  return {
    rejection: (client: ClientName) => rejections.inc({client}),
    disconnect: (client: ClientName) => disconnects.inc({client}),
  };
}
