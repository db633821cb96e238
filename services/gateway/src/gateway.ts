/** One assembled gateway: main starts one, and tests start many. */
import {randomUUID} from 'node:crypto';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {readUsers} from '@madang/database/users/users';
import {createConnectionPlaces} from '@madang/redis/connection-places';
import {createDeliveryDebts} from '@madang/redis/delivery-debts';
import {createOutbound} from '@madang/runtime/outbound';
import {explainListening} from '@madang/runtime/listening';
import type {Logger} from '@madang/runtime/log';
import {hideCookies} from '@madang/runtime/redaction';
import {createMetrics, serveMetrics} from '@madang/runtime/metrics';
import type {Broadcast} from './broadcast.ts';
import type {Config} from './config.ts';
import {Connections} from './delivery/connections.ts';
import {createDelivery} from './delivery/delivery.ts';
import {createApp} from './http/app.ts';
import {followSockets} from './http/open-sockets.ts';
import {inTurn} from './http/request-lane.ts';
import {serveBelow} from './http/below-path.ts';
import {slowRefused} from './http/slow-refused.ts';
import {basePath} from './identity/public-address.ts';
import {createIdentify} from './identity/identify.ts';
import {createLanes} from './lanes/lanes.ts';
import {createGatewayMetrics} from './metrics.ts';
import {createKeySets} from './jwt/key-sets.ts';
import {createTokens} from './jwt/tokens.ts';
import {createNode} from './node.ts';
import {createNodeProbe} from './node-probe.ts';
import {operations} from './operations.ts';
import {createOperatorPages} from './operator/pages.ts';
import {readWholeStatus} from './operator/whole-status.ts';
import {createPresenceDigests} from './presence/presence-digests.ts';
import {createDebtWait} from './calls/debt-wait.ts';
import {createRunOperation} from './calls/run-operation.ts';
import type {ChatConnection} from './socket/connection.ts';
import {createLongPolling} from './socket/long-polling.ts';
import {createOverload} from './socket/overload.ts';
import {createSocketServer} from './socket/server.ts';
import {serveSockets} from './socket/sockets.ts';
import {openStores} from './stores/stores.ts';
import {createTenants} from './tenants.ts';
import {createUsage} from './usage.ts';

export type Gateway = {
  url: string;
  metricsPort: number;
  /** Hands the clients over, then stops. When it resolves, no acknowledged work is pending. */
  stop(): Promise<void>;
};

// Long enough for a balancer that asks twice a second or more.
const balancerNoticesWithinMs = 1_000;

/** Connects, listens and serves. Rejects with one line if the schema is older than needed; Redis may be away. */
export async function createGateway(config: Config, version: string, log: Logger): Promise<Gateway> {
  hideCookies(config.COOKIE_NAME);
  // New with every start: leases, occupancy and attendances of an earlier run must not count for this one.
  const nodeId = `${config.NODE_NAME}:${randomUUID()}`;
  const registry = createMetrics({node: config.NODE_NAME});
  const stores = await openStores(config, {nodeId, registry, log});
  const {db, redis} = stores;
  const tenants = createTenants(db);
  const limitsOf = (tenantId: string) => tenants.last(tenantId)?.policy.limits.tenant;
  const inRedis = {clients: redis, log, nodes: () => stores.occupancy.nodeCount()};
  const places = createConnectionPlaces({...inRedis, nodeId, mostOf: (id) => limitsOf(id)?.connections});
  const debts = createDeliveryDebts({...inRedis, rateOf: (id) => limitsOf(id)?.deliveries});
  const usage = createUsage({db, nodeId, everyMs: config.USAGE_REPORT_MS, log});
  const metrics = createGatewayMetrics(registry, version, (id) => tenants.last(id)?.name);
  const weightOf = (tenantId: string) => tenants.last(tenantId)?.policy.weight ?? 1;
  const lanes = createLanes({deadlineMs: config.SEND_DEADLINE_MS, weightOf});
  const outbound = createOutbound({allowed: config.OUTBOUND_ALLOW});
  const onFetch = (outcome: 'ok' | 'failed') => metrics.keySetFetches.inc({outcome});
  const tokens = createTokens({db, tenants, keySets: createKeySets({outbound, onFetch, log})});
  const shared = {...stores, tenants, usage, lanes, tokens, outbound, config, metrics, log};

  let state: 'starting' | 'serving' | 'leaving' | 'draining' = 'starting';
  const isReady = () => state === 'serving' && !probe.hasFailed();
  const http = createServer({keepAliveTimeout: config.HTTP_KEEP_ALIVE_MS});
  const openSockets = followSockets(http);
  const io = createSocketServer(http, config, () => state === 'starting' || state === 'draining');
  const connections = new Connections<ChatConnection>();
  const readPeople = (tenantId: string, userIds: string[]) => readUsers(db, {tenantId, userIds});
  const createPresence = (broadcast: Broadcast) =>
    createPresenceDigests({...shared, broadcast, readUsers: readPeople});
  const delivery = createDelivery({...shared, debts, io, connections, nodeId, createPresence});
  const {node, finish} = createNode({...shared, delivery});

  const {isOverloaded, close: closeOverload} = createOverload();
  const ceilingsOf = (tenantId: string) =>
    tenants.last(tenantId)?.policy.limits ?? tenants.get(tenantId).then(({policy}) => policy.limits);
  const {ready} = delivery;
  const outOfDebt = createDebtWait(debts, config.SEND_DEADLINE_MS);
  const run = createRunOperation({
    ...shared,
    rules: config.RATE_LIMITS,
    outOfDebt,
    ceilingsOf,
    isOverloaded,
    ready,
  });
  const identify = createIdentify(shared);
  const served = {node, identify, operations, run};
  const polling = config.LONG_POLLING ? createLongPolling(io) : undefined;
  const app = createApp({...served, redis, reserve: stores.reserve, isReady, polling: polling?.handle});
  const turns = {lane: lanes.request, byOf: identify.presumed, ...(polling && {isFree: polling.isPoll})};
  http.on('request', slowRefused(inTurn(app, turns), identify));
  // A balancer that keeps connections would send its next request to a node that is gone.
  http.prependListener('request', (_req, res) => void (res.shouldKeepAlive &&= state === 'serving'));
  serveBelow(basePath(config), http);
  const sockets = serveSockets({
    ...served,
    io,
    connections,
    delivery,
    lane: lanes.handshake,
    places,
    weightOf,
  });

  const probe = createNodeProbe({...shared, nodeId, name: config.NODE_NAME, version, isReady, delivery});

  await delivery.start();
  probe.start();
  const port = await listen(http, config);
  const secret = config.OPERATOR_SECRET;
  const pages = secret
    ? {
        below: '/operator',
        answer: createOperatorPages({secret, status: () => readWholeStatus(shared)}),
      }
    : undefined;
  const [host, metricsPort] = [config.METRICS_HOST, config.METRICS_PORT];
  const faults = () => redis.faults();
  const options = {host, port: metricsPort, isReady, faults, pages};
  const metricsServer = await serveMetrics(registry, options);
  state = 'serving';

  return {
    url: `http://${config.HOST}:${port}`,
    metricsPort: metricsServer.port,
    async stop() {
      state = 'leaving';
      await probe.close();
      // Clients that are disconnected before the balancer notices would return to this node, which has the fewest
      // connections.
      if (connections.size > 0) await sleep(Math.min(balancerNoticesWithinMs, config.DRAIN_MS / 5));
      state = 'draining';
      await sockets.drain(config.DRAIN_MS / 2);
      closeOverload();
      await finish();
      await delivery.leave();
      const closed = io.close().catch(() => undefined);
      // Gives requests under way some time; whatever is still open after that is not waited for.
      await Promise.race([closed, sleep(config.DRAIN_MS / 10, undefined, {ref: false})]);
      openSockets.destroyAll();
      await closed;
      await delivery.close();
      await metricsServer.close();
      places.close();
      debts.close();
      await redis.close();
      node.images.close();
      await stores.filesDb.close();
      await db.close();
    },
  };
}

async function listen(http: Server, {HOST, PORT}: Config): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error) => reject(explainListening(error, {host: HOST, port: PORT})));
    http.listen(PORT, HOST, resolve);
  });
  return (http.address() as AddressInfo).port;
}
