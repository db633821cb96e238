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
  /** Every key name of this installation. */
  keys: Keys;
  /** Lua, limits, occupancy. */
  commands: RedisCommands;
  /** What the Socket.IO adapter publishes with. */
  publisher: RedisConnection;
  /** What the Socket.IO adapter listens with. */
  subscriber: RedisConnection;
  /** What connect-redis stores sessions with. */
  sessions: RedisConnection;
  /**
   * Begins to connect; resolves when all are up or the first attempt has failed, after which they keep trying.
   * Rejects only when the server answers and is too old.
   */
  connect(): Promise<void>;
  close(): Promise<void>;
  /** Whether all four are usable. */
  isUp(): boolean;
  /**
   * Calls back each time all four have become usable, also the first time; returns a function that stops that. The subscriber's
   * re-subscriptions are on their way by then, so a `subscriber.ping()` from there is answered behind them.
   */
  onUp(listener: () => void): () => void;
  /** Calls back each time one of them is lost after all were usable. */
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

/** How often an idle connection is checked; a half-open one never reports that by itself. */
const pingEveryMs = 5_000;

const shared: RedisOptions = {
  // CLIENT SETINFO came with 7.2 and is refused before.
  disableClientInfo: true,
  // `connect()` decides when, after the listeners are there.
  lazyConnect: true,
  // How long connecting may take; the default of 10 s is longer than every deadline here.
  connectTimeout: 2_000,
  // A silent server (paused, partitioned) counts as lost this long after a command was sent.
  socketTimeout: 3_000,
  // Quick at first, then at most one attempt a second per connection, spread so that nodes do not return in step.
  retryStrategy: (attempt) =>
    Math.min(50 * 2 ** Math.min(attempt, 5), 1_000) + Math.floor(Math.random() * 100),
  // A server that is reading its AOF is retried like one that is away, not waited for.
  maxLoadingRetryTime: 1_000,
};

const failingFast: RedisOptions = {
  // While Redis is away a command fails at once; queued commands would pile up and run late when Redis returns.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  // Redis may have executed a command that was in flight when the connection broke. Its caller decides whether to repeat it.
  autoResendUnfulfilledCommands: false,
};

const optionsOf = {
  // A send's deadline is 900 ms and it may have to ask for a rate first.
  commands: {...shared, ...failingFast, commandTimeout: 500, scripts},
  // The adapter awaits the publish before local delivery; a frame that is lost is repaired by the pulse.
  publisher: {...shared, ...failingFast, commandTimeout: 1_000},
  // A dropped subscription would leave the node deaf to that socketRoom for good, so here commands do wait.
  subscriber: {...shared, enableOfflineQueue: true, maxRetriesPerRequest: null, autoResubscribe: true},
  // A sign-in may wait this long; then it is answered 503.
  sessions: {...shared, ...failingFast, commandTimeout: 1_000},
} satisfies Record<string, RedisOptions>;

type ClientName = keyof typeof optionsOf;

/** Makes the four connections of a process, not yet connected. */
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
        // The socketTimeout acts on what this leaves unanswered.
        for (const [, connection] of all) if (connection.status === 'ready') void connection.ping();
      }, pingEveryMs);
      pings.unref();
      await Promise.allSettled(all.map(([, connection]) => connection.connect()));
      if (!isUp()) log.warn('redis is away; starting without it');
      const info = await connections.commands.info('server').catch(() => undefined);
      if (info !== undefined) requireVersion(info);
      // Once started the process does not stop for it, but it says what is wrong.
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
 * Marks every command's rejection as handled and counts it: the adapter and ioredis's own re-subscription await none
 * of theirs, and one unhandled rejection would end the process. A caller that awaits a command still gets the rejection.
 */
function catchRejections(connection: Redis, onRejection: () => void): void {
  const send = connection.sendCommand.bind(connection);
  connection.sendCommand = (command, stream) => {
    const answer = send(command, stream) as Promise<unknown>;
    answer.catch(onRejection);
    return answer;
  };
}

/** What one step publishes leaves in one write: a batch of messages in many rooms is as many commands. */
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

/** One line per outage, not one per attempt to reconnect. */
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
  // QUIT lets what was sent be answered; without a live connection there is nothing to wait for.
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
