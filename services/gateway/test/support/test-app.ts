/** For tests: the HTTP side of a node on a real Postgres and Redis. Events for other connections are only recorded. */
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {createDatabase} from '@madang/database/connections/pool';
import type {Signal} from '@madang/database/delivery/pulse';
import type {WireError} from '@madang/protocol/errors';
import type {User} from '@madang/protocol/users';
import {createRedisClients} from '@madang/redis/clients';
import {redisServersOf} from '@madang/runtime/redis-servers';
import {createOccupancy} from '@madang/redis/occupancy';
import {createRateLimits} from '@madang/redis/rate-limits';
import {createReserve} from '@madang/redis/reserve';
import {readEnv} from '@madang/runtime/env';
import {createOutbound} from '@madang/runtime/outbound';
import {createLogger} from '@madang/runtime/log';
import {createMetrics} from '@madang/runtime/metrics';
import {asAdmin} from '@madang/testkit/database';
import {createAuditTrail} from '../../src/audit/audit-trail.ts';
import {schema} from '../../src/config.ts';
import type {Node} from '../../src/node.ts';
import {createImages} from '../../src/files/images.ts';
import {createIdentify} from '../../src/identity/identify.ts';
import {createLanes} from '../../src/lanes/lanes.ts';
import {createGatewayMetrics} from '../../src/metrics.ts';
import {operations} from '../../src/operations.ts';
import {createPasswords} from '../../src/identity/passwords.ts';
import {watchRedisMemory} from '../../src/stores/redis-memory.ts';
import {createRunOperation} from '../../src/calls/run-operation.ts';
import {createKeySets} from '../../src/jwt/key-sets.ts';
import {createTokens} from '../../src/jwt/tokens.ts';
import {createTenants} from '../../src/tenants.ts';
import {createUsage} from '../../src/usage.ts';
import {createApp} from '../../src/http/app.ts';

export type {TestDatabase} from '@madang/testkit/database';
export type TestApp = Awaited<ReturnType<typeof startTestApp>>;
export type CallOptions = {cookie?: string; headers?: Record<string, string>; body?: string | object};
export type Answer = {
  status: number;
  headers: Headers;
  text: string;
  /** The fields that the tests check; empty if the answer is not JSON. */
  body: {user?: User; users?: User[]; next?: string; error?: WireError};
  setCookie: string | undefined;
  /** Name and value, ready to be sent back. */
  cookie: string | undefined;
  /** The cookie of a known device. */
  device: string | undefined;
};

export const password = 'correct horse';

/** Serves only the API, whether or not the web client was built here. */
const withoutWeb = {WEB_DIR: '/none'};

/** No test here is about a slow Postgres, and on a busy machine a healthy one is slow. */
const patient = {deadlineMs: 10_000, statementTimeoutMs: 10_000, lockTimeoutMs: 10_000};

export async function startTestApp(env: Record<string, string>) {
  const read = readEnv(schema, {...withoutWeb, SESSION_SECRET: 's'.repeat(32), LOG_LEVEL: 'silent', ...env});
  if ('faults' in read) throw new Error(read.faults.join('\n'));
  const {config} = read;
  const log = createLogger({name: 'test', level: config.LOG_LEVEL});
  const db = createDatabase({url: config.DATABASE_URL, log, applicationName: 'test', ...patient});
  const adminDb = createDatabase({
    url: asAdmin(config.DATABASE_URL),
    log,
    applicationName: 'test',
    ...patient,
  });
  const redis = createRedisClients({servers: redisServersOf(config), prefix: config.REDIS_PREFIX, log});
  await redis.connect();
  const reserve = createReserve(redis, log);
  const occupancy = createOccupancy({clients: redis, nodeId: config.NODE_NAME, log});
  const limits = createRateLimits({clients: redis, nodeId: config.NODE_NAME, log, nodes: () => 1});
  const lanes = createLanes();
  const images = createImages();
  const metrics = createGatewayMetrics(createMetrics(), 'test');
  const signals: Signal[] = [];
  const state = {isReady: true};
  const tenants = createTenants(db);
  const usage = createUsage({db, nodeId: config.NODE_NAME, everyMs: config.USAGE_REPORT_MS, log});
  const outbound = createOutbound({allowed: config.OUTBOUND_ALLOW});
  const tokens = createTokens({db, tenants, keySets: createKeySets({outbound, log})});
  const node = {
    name: config.NODE_NAME,
    config,
    db,
    filesDb: db,
    images,
    occupancy,
    limits,
    tenants,
    usage,
    tokens,
    outbound,
    passwords: createPasswords(lanes.passwords),
    audit: createAuditTrail(db, log),
    redisMemory: watchRedisMemory(reserve),
    broadcast: {signal: (signal: Signal) => signals.push(signal), frame() {}, catchUp() {}},
    presence: {changed() {}},
    metrics,
    log,
    crashPoint() {},
  } as unknown as Node;
  const run = createRunOperation({
    limits,
    rules: config.RATE_LIMITS,
    ceilingsOf: () => ({}),
    isOverloaded: () => false,
    ready: async () => {},
    lanes,
    usage,
    metrics,
  });
  const identify = createIdentify({db, redis, tenants, tokens, config});
  const app = createApp({node, identify, redis, reserve, operations, run, isReady: () => state.isReady});
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  /** Calls as a browser or script would. A body that is not a string is sent as JSON. */
  async function call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const headers = new Headers(options.headers);
    if (options.cookie) headers.set('cookie', options.cookie);
    let {body} = options;
    if (typeof body === 'object') {
      headers.set('content-type', 'application/json');
      body = JSON.stringify(body);
    }
    const answer = await fetch(origin + path, {method, headers, body});
    const text = await answer.text();
    const setCookie = answer.headers.getSetCookie().find((line) => /^(__Host-)?madang=/.test(line));
    const device = answer.headers.getSetCookie().find((line) => /^(__Host-)?madang-device=/.test(line));
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      body:
        text !== '' && answer.headers.get('content-type')?.startsWith('application/json')
          ? JSON.parse(text)
          : {},
      setCookie,
      cookie: setCookie?.split(';')[0],
      device: device?.split(';')[0],
    };
  }
  const api: typeof call = (method, path, options) => call(method, `/api/v1${path}`, options);

  return {
    origin,
    node,
    /** With the rights of `npx madang`. */
    adminDb,
    identify,
    redis,
    signals,
    state,
    call,
    /** The same below /api/v1. */
    api,
    /** Registers an account and returns its cookie. */
    async register(username: string): Promise<{cookie: string; user: User}> {
      const {status, body, cookie} = await api('POST', '/auth/register', {body: {username, password}});
      if (status !== 201 || !cookie || !body.user) throw new Error(`not registered: ${JSON.stringify(body)}`);
      return {cookie, user: body.user};
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await usage.close();
      await node.audit.stop();
      images.close();
      node.redisMemory.close();
      await redis.close();
      await Promise.all([db.close(), adminDb.close()]);
    },
  };
}
