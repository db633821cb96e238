/**
 * Which Redis a process uses: one server, the primary that Sentinels name, or a Cluster. All processes read the same
 * variables.
 */
import {z} from 'zod';
import {readEnv, type Environment} from './env.ts';
import {createPassword} from './password-file.ts';
import {checkRedis, redisVariables, type Address, type RedisConfig} from './redis-variables.ts';

export type Login = {username?: string; password?: string};
export type Tls = {ca?: string; cert?: string; key?: string; servername?: string};

export type RedisServers = {
  at:
    | {server: Address; database: number}
    | {sentinels: Address[]; name: string; login(): Login}
    | {nodes: Address[]};
  /** Read every second, since a password may change while the process runs. */
  login(): Login;
  tls?: Tls;
};

/** Reads these variables alone. Throws their faults. */
export function readRedisServers(env: Environment): RedisServers {
  const read = readEnv(checkRedis(z.object(redisVariables)), env);
  if ('faults' in read) throw new Error(read.faults.join('\n'));
  return redisServersOf(read.config);
}

export function redisServersOf(config: RedisConfig): RedisServers {
  const {REDIS_URL: url, REDIS_SENTINELS: sentinels, REDIS_CLUSTER_NODES: nodes} = config;
  const login = createLogin(config.REDIS_USERNAME, config.REDIS_PASSWORD, config.REDIS_PASSWORD_FILE);
  if (url) {
    const servers = serverAt(url);
    const own = servers.login();
    return {...servers, login: () => ({...own, ...login()}), ...tlsOf(config, servers.tls !== undefined)};
  }
  const shared = {login, ...tlsOf(config, false)};
  if (nodes.length > 0) return {at: {nodes}, ...shared};
  const {REDIS_SENTINEL_NAME: name = '', REDIS_SENTINEL_USERNAME: username} = config;
  const {REDIS_SENTINEL_PASSWORD: password, REDIS_SENTINEL_PASSWORD_FILE: file} = config;
  return {at: {sentinels, name, login: createLogin(username, password, file)}, ...shared};
}

/** The one server at an address. */
export function serverAt(url: string): RedisServers {
  const {protocol, hostname, port, username, password, pathname} = new URL(url);
  const login = loginOf(decodeURIComponent(username), decodeURIComponent(password));
  return {
    at: {
      // A URL writes an IPv6 address in brackets.
      server: {host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379)},
      database: Number(pathname.slice(1) || 0),
    },
    login: () => login,
    ...(protocol === 'rediss:' && {tls: {}}),
  };
}

function createLogin(
  username: string | undefined,
  atStart: string | undefined,
  file: string | undefined,
): () => Login {
  const password = createPassword(atStart, file);
  return () => loginOf(username, password());
}

function loginOf(username: string | undefined, password: string | undefined): Login {
  return {...(username && {username}), ...(password && {password})};
}

function tlsOf(config: RedisConfig, byUrl: boolean): {tls?: Tls} {
  if (!byUrl && !config.REDIS_TLS) return {};
  const {
    REDIS_TLS_CA: ca,
    REDIS_TLS_CERT: cert,
    REDIS_TLS_KEY: key,
    REDIS_TLS_SERVERNAME: servername,
  } = config;
  return {tls: {...(ca && {ca}), ...(cert && {cert}), ...(key && {key}), ...(servername && {servername})}};
}
