/**
 * A connection to one server, or to the primary that Sentinels name.
 *
 * A name may move while the server behind it lives on as a replica, which keeps its connections and takes subscriptions.
 * So a connection to a replica is never used: its role is checked before the first command and each second after that. A
 * connection is also left when Redis refuses a command in a way that another connection may not meet (`isLeavable`).
 */
import {once} from 'node:events';
import type {Login, RedisServers} from '@madang/runtime/redis-servers';
import {Redis, type RedisOptions} from 'ioredis';
import {isLeavable} from './causes.ts';
import {backoff, catchRejections, firstAttempt, gatherWrites, quit, shared} from './link.ts';
import type {Link, LinkEvents} from './link.ts';

/** A server that stays a replica, or goes on refusing, is not left more often than this. */
const leaveEveryMs = 1_000;

export type ServerLinkOptions = LinkEvents & {
  servers: RedisServers;
  options: RedisOptions;
  gathers: boolean;
};

export function openServerLink({servers, options, gathers, ...events}: ServerLinkOptions): Link<Redis> {
  let leftAt = -Infinity;
  const connection = new Redis({
    ...addressOf(servers),
    ...servers.login(),
    ...shared,
    retryStrategy: backoff,
    reconnectOnError: (error) => isLeavable(error) && mayLeave(),
    ...options,
  });
  const server = () => serverOf(connection);

  function mayLeave(): boolean {
    if (performance.now() - leftAt < leaveEveryMs) return false;
    leftAt = performance.now();
    return true;
  }

  function isPrimary(role: string | undefined): boolean {
    if (role !== 'slave') return true;
    events.onReplica(server());
    return false;
  }

  refuseReplicas(connection, isPrimary);
  if (gathers) gatherWrites(connection);
  catchRejections(connection, (error) => events.onFault(error, server()));
  for (const event of ['error', 'sentinelError'])
    connection.on(event, (error: Error) => events.onFault(error, server()));
  connection.on('ready', events.onRenewed);
  for (const event of ['ready', 'close']) connection.on(event, events.onChange);
  const isUp = () => connection.status === 'ready';

  return {
    connection,
    isUp,
    connect: () => firstAttempt(() => connection.connect(), once(connection, 'close')),
    watch(login) {
      Object.assign(connection.options, login);
      if ('sentinels' in servers.at) Object.assign(connection.options, asSentinels(servers.at.login()));
      if (!isUp()) return;
      // The socketTimeout applies to the question that this leaves unanswered. A user who may not ask is told by READONLY.
      connection.info('replication').then(
        (text) => void (isPrimary(/^role:(\w+)/m.exec(text)?.[1]) || connection.disconnect(true)),
        () => undefined,
      );
    },
    close: () => quit(connection, isUp()),
  };
}

/** ioredis asks this about each new connection, before it is `ready`. If refused, it connects again after a while. */
function refuseReplicas(connection: Redis, isPrimary: (role: string | undefined) => boolean): void {
  const {connector} = connection as unknown as {connector: {check(info: {role?: string}): boolean}};
  const check = connector.check.bind(connector);
  connector.check = (info) => isPrimary(info.role) && check(info);
}

function addressOf({at, tls}: RedisServers): RedisOptions {
  if ('server' in at) return {...at.server, db: at.database, ...(tls && {tls})};
  if ('nodes' in at) throw new Error('a Cluster is no server');
  const {sentinels, name, login} = at;
  return {
    sentinels,
    name,
    ...asSentinels(login()),
    sentinelCommandTimeout: shared.connectTimeout,
    sentinelRetryStrategy: backoff,
    ...(tls && {tls, sentinelTLS: tls, enableTLSForSentinelMode: true}),
  };
}

function asSentinels({username, password}: Login): RedisOptions {
  return {sentinelUsername: username, sentinelPassword: password};
}

/** The address that the connection leads to, without credentials. */
function serverOf({stream, options}: Redis): string {
  const {remoteAddress, remotePort} = (stream as Redis['stream'] | undefined) ?? {};
  if (remoteAddress !== undefined) return `${remoteAddress}:${remotePort}`;
  const named = options as {host?: string; port?: number; sentinels?: unknown[]};
  return named.sentinels ? 'sentinels' : `${named.host}:${named.port}`;
}
