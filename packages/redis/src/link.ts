/**
 * What a process needs of one of its connections, for every kind of Redis. `server-link.ts` leads to one server
 * or to the primary that Sentinels name, `cluster-link.ts` to a Cluster.
 */
import type {Login} from '@madang/runtime/redis-servers';
import type {Redis, RedisOptions} from 'ioredis';

/** Commands; what takes several keys at once asks for one slot of a Cluster, and is left out. */
export type RedisConnection = Omit<
  Redis,
  'pipeline' | 'multi' | 'on' | 'off' | 'once' | 'connect' | 'options' | 'stream' | 'time'
>;

/** The part of a subscriber that the Socket.IO adapter uses. */
export type RedisSubscriber = Pick<Redis, 'ssubscribe' | 'sunsubscribe' | 'on'> & {
  /** Answered after all subscriptions that were asked for before. */
  ping(): Promise<unknown>;
};

export type Link<Connection = RedisConnection> = {
  connection: Connection;
  /** Begins to connect. Settles when the link is up, or the first attempt has failed. */
  connect(): Promise<void>;
  /** Whether everything that the link leads to is usable. */
  isUp(): boolean;
  /** Finds what no event reports: half-open connections, and servers that have become replicas. Call it each second. */
  watch(login: Login): void;
  close(): Promise<void>;
};

export type LinkEvents = {
  /** `isUp` may have changed. */
  onChange(): void;
  /** The link has a new connection, to another server or to the same one. */
  onRenewed(): void;
  /** A command or an attempt to connect has failed. */
  onFault(error: Error, server: string): void;
  /** The link has left a server because it is a replica. */
  onReplica(server: string): void;
};

/** The shards that hold the keys: one, unless Redis is a Cluster. */
export type Shards = {
  /** A tag for names of keys; keys with the tag of a shard are in that shard. */
  tags(): string[];
  /** The tag of the shard that holds this key. */
  tagOf(key: string): string;
  /** What each shard's primary answers to INFO. */
  infos(section: string): Promise<string[]>;
};

/** Which node, as `host:port`, is the primary of each slot. */
export type Topology = {
  ownerOf(slot: number): string | undefined;
  /** The primaries of all slots. */
  owners(): string[];
  onRefresh(listener: () => void): void;
  refresh(): void;
};

/** For all connections. */
export const shared: RedisOptions = {
  // CLIENT SETINFO came with 7.2 and is refused before.
  disableClientInfo: true,
  // `connect()` connects, once the listeners are in place.
  lazyConnect: true,
  // How long connecting may take; the default of 10 s is longer than every deadline here.
  connectTimeout: 2_000,
  // A silent server (paused, partitioned) counts as lost this long after a command was sent.
  socketTimeout: 3_000,
  // A server that is reading its AOF is retried like one that is away; the client does not wait for it.
  maxLoadingRetryTime: 1_000,
};

/** Quick at first, then at most one attempt a second per connection. The jitter keeps nodes from returning together. */
export function backoff(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 5), 1_000) + Math.floor(Math.random() * 100);
}

/**
 * Marks every command's rejection as handled. The adapter and ioredis's own commands are not awaited, and one unhandled
 * rejection would end the process. A caller that awaits a command still gets the rejection.
 */
export function catchRejections(
  connection: Pick<Redis, 'sendCommand'>,
  onRejection: (error: Error) => void = () => {},
): void {
  const send = connection.sendCommand.bind(connection) as (...given: unknown[]) => Promise<unknown>;
  connection.sendCommand = (...given: unknown[]) => {
    const answer = send(...given);
    answer.catch(onRejection);
    return answer;
  };
}

/** Sends everything that one step publishes in one write: a batch of messages in many rooms takes as many commands. */
export function gatherWrites(connection: Redis): void {
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

/** After QUIT, pending commands are still answered. Without a live connection there is nothing to wait for. */
export async function quit(
  connection: {quit(): Promise<unknown>; disconnect(): void},
  isLive: boolean,
): Promise<void> {
  if (isLive) {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, 1_000)));
    await Promise.race([connection.quit(), limit]).catch(() => {});
    clearTimeout(timer);
  }
  connection.disconnect();
}

/** Settles when an attempt to connect has succeeded, failed, or taken long. */
export async function firstAttempt(connect: () => Promise<unknown>, failed: Promise<unknown>): Promise<void> {
  await Promise.race([connect(), failed]).catch(() => undefined);
}
