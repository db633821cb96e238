/** One gateway, put together: what main starts, and what tests start many of. */
import {randomUUID} from 'node:crypto';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {setTimeout as sleep} from 'node:timers/promises';
import {createAppender} from '@madang/database/append';
import {readLog} from '@madang/database/log';
import {markRead} from '@madang/database/messages';
import {requireSchema} from '@madang/database/migrate';
import {readInboxHead} from '@madang/database/notifications';
import {createDatabase} from '@madang/database/pool';
import {createPulse, leaveCluster} from '@madang/database/pulse';
import {limits as wireLimits} from '@madang/protocol/limits';
import {createRedisClients} from '@madang/redis/clients';
import {createOccupancy} from '@madang/redis/occupancy';
import {createRateLimits} from '@madang/redis/rate-limits';
import {createReserve} from '@madang/redis/reserve';
import {createCrashPoints} from '@madang/runtime/crash-point';
import type {Logger} from '@madang/runtime/log';
import {createMetrics, serveMetrics} from '@madang/runtime/metrics';
import type {Config} from './config.ts';
import type {Node} from './context.ts';
import {createDatabaseLanes} from './database-lanes.ts';
import {createApp} from './http/app.ts';
import {followSockets} from './http/open-sockets.ts';
import {createImages} from './files/images.ts';
import {createIdentify} from './identify.ts';
import {createAuditTrail} from './audit-trail.ts';
import {createGatewayMetrics} from './metrics.ts';
import {operations} from './operations.ts';
import {createPasswords} from './passwords.ts';
import {createLobbyDigests} from './presence/lobby-digests.ts';
import {createPresenceDigests} from './presence/presence-digests.ts';
import {createTyping} from './presence/typing.ts';
import {createReadMarks} from './receipts/read-marks.ts';
import {watchRedisMemory} from './redis-memory.ts';
import {createRunOperation} from './run-operation.ts';
import {AddressCounts} from './socket/address-counts.ts';
import {Attendances} from './delivery/attendances.ts';
import {createBroadcast} from './delivery/broadcast.ts';
import {createClusterAdapter} from './delivery/cluster-adapter.ts';
import {Connections} from './delivery/connections.ts';
import {createDispatch} from './socket/dispatch.ts';
import {drainConnections} from './socket/drain.ts';
import {Feeds} from './delivery/feeds.ts';
import {createHandshake} from './socket/handshake.ts';
import {createOverload} from './socket/overload.ts';
import {HeldEvents} from './delivery/held-events.ts';
import {Inboxes} from './delivery/inboxes.ts';
import {Heart} from './delivery/pulse.ts';
import {acceptConnections, createSocketServer} from './socket/server.ts';
import {keepSessions} from './socket/session-keeper.ts';
import {Signals} from './delivery/signals.ts';
import {watchSlowReaders} from './socket/slow-readers.ts';
import {placeOf, socketRooms} from './delivery/socket-rooms.ts';
import {Subscriptions} from './delivery/subscriptions.ts';
import {createTenants} from './tenants.ts';

export type Gateway = {
  url: string;
  metricsPort: number;
  /** Hands the clients over, then stops. Nothing acknowledged is pending when it resolves. */
  stop(): Promise<void>;
};

const repairPageEntries = 500;
// Long enough for a balancer that asks twice a second or more.
const balancerNoticesWithinMs = 1_000;

/** Connects, listens and serves. Rejects in one line where the schema is older than needed; Redis may be away. */
export async function createGateway(config: Config, version: string, log: Logger): Promise<Gateway> {
  const name = config.NODE_NAME;
  // New with every start: leases, occupancy and attendances of an earlier life must not be taken for this one's.
  const nodeId = `${name}:${randomUUID()}`;
  const registry = createMetrics({node: name});
  const metrics = createGatewayMetrics(registry, version);
  const db = createDatabase({url: config.DATABASE_URL, log, applicationName: name});
  await requireSchema(db);
  const filesDb = createDatabase({
    url: config.DATABASE_URL,
    log,
    applicationName: `${name} files`,
    maxConnections: 2,
    statementTimeoutMs: 10_000,
    deadlineMs: 12_000,
  });
  const redis = createRedisClients({
    url: config.REDIS_URL,
    prefix: config.REDIS_PREFIX,
    log,
    metrics: registry,
    name,
  });
  await redis.connect();
  const reserve = createReserve(redis);
  const occupancy = createOccupancy({
    clients: redis,
    nodeId,
    log,
    beatMs: config.OCCUPANCY_BEAT_MS,
    leaseMs: config.OCCUPANCY_LEASE_MS,
  });
  const limits = createRateLimits({clients: redis, nodeId, log, nodes: () => occupancy.nodeCount()});
  const overload = createOverload();
  const connections = new Connections();
  const addresses = new AddressCounts();
  const attendances = new Attendances(db, nodeId, log);
  let state: 'starting' | 'serving' | 'leaving' | 'draining' = 'starting';

  const http: Server = createServer();
  const sockets = followSockets(http);
  const held = new HeldEvents(() => heart.isCaughtUp());
  const adapter = createClusterAdapter(
    redis,
    redis.keys.adapter,
    {
      onFrame: (frame) => feeds.receive(frame),
      onSignal: (signal) => void signals.apply([signal]).catch(ignore),
      held,
      onShown(event, payload, [socketRoom = '']) {
        const place = placeOf(socketRoom);
        if (!place || (event !== 'room:presence' && event !== 'presence:changed')) return;
        presence.shown(place, (payload as {online: number}).online);
      },
    },
    metrics,
    config.MADANG_DROP_BROADCASTS,
  );
  const io = createSocketServer(http, adapter, () => state === 'starting' || state === 'draining');
  const feeds: Feeds = new Feeds({
    adapter: () => io.of('/').adapter,
    redis,
    readLog: (roomId, after) =>
      readLog(db, {roomId, after, limit: repairPageEntries, maxBytes: wireLimits.frameBytes}),
    isFresh: () => heart.isFresh(),
    gapWaitMs: () => (redis.isUp() ? config.GAP_WAIT_MS : 0),
    pulseNow: () => heart.now(),
    onReplaced: (roomId) => void signals.readmit(roomId),
    onEphemeral: (roomId, userIds) => attendances.beginAll(roomId, userIds),
    metrics,
    log,
  });
  const inboxes: Inboxes = new Inboxes({db, connections, isFresh: () => heart.isFresh(), log});
  const signals: Signals = new Signals({
    db,
    connections,
    feeds,
    inboxes,
    revokedCloseMs: config.REVOKED_CLOSE_MS,
    log,
  });
  const pulse = createPulse(db, {nodeId, leaseMs: config.NODE_LEASE_MS});
  const heart: Heart = new Heart({
    pulse,
    feeds,
    everyMs: config.PULSE_MS,
    maxAgeMs: config.PULSE_MAX_AGE_MS,
    onSignals: (found) => signals.apply(found),
    onLostTrack: () => {
      attendances.assertAll();
      return signals.applyAll();
    },
    onLostEnd: (position) => signals.loseEnd(position),
    onFresh: () => {
      inboxes.look();
      void attendances.flush();
      metrics.roomsHosted.set(feeds.size);
      metrics.postgresUp.set(db.isHealthy() ? 1 : 0);
    },
    onCaughtUp: () => held.release(),
    metrics,
    log,
  });
  const broadcast = createBroadcast(io, feeds, signals, () => heart.now());
  const appender = createAppender(db, {
    log,
    deadlineMs: config.SEND_DEADLINE_MS,
    onCommitted: (frames) => {
      node.crashPoint('after_commit_before_broadcast');
      for (const frame of frames) broadcast.frame(frame);
    },
    onBatch: ({items, oldestMs, callMs}) => {
      metrics.appendItems.observe(items);
      metrics.appendAgeSeconds.observe(oldestMs / 1_000);
      metrics.appendSeconds.observe(callMs / 1_000);
    },
  });
  const tenants = createTenants(db);
  const presence = createPresenceDigests({occupancy, broadcast, tenants, config});
  const lobby = createLobbyDigests({
    db,
    occupancy,
    broadcast,
    hasWatchers: (tenantId) => io.of('/').adapter.rooms.has(socketRooms.lobby(tenantId)),
    config,
    log,
  });
  const typing = createTyping({broadcast});
  const readMarks = createReadMarks({write: (member, seq) => markRead(db, member, {seq}), broadcast});
  const node: Node = {
    name,
    config,
    db,
    filesDb,
    images: createImages(),
    appender,
    occupancy,
    limits,
    tenants,
    passwords: createPasswords(),
    audit: createAuditTrail(db, log),
    redisMemory: watchRedisMemory(reserve),
    broadcast,
    presence,
    lobby,
    typing,
    readMarks,
    crashPoint: createCrashPoints(config.MADANG_CRASH_AT),
    metrics,
    log,
  };

  const ready = (deadlineAt: number) => heart.ready(deadlineAt);
  const run = createRunOperation({
    limits,
    rules: config.RATE_LIMITS,
    isOverloaded: overload.isOverloaded,
    ready,
    lanes: createDatabaseLanes(config.SEND_DEADLINE_MS),
    metrics,
  });
  const identify = createIdentify({db, redis, tenants: node.tenants, config});
  http.on(
    'request',
    createApp({node, identify, redis, reserve, operations, run, isReady: () => state === 'serving'}),
  );
  const slowReaders = watchSlowReaders(connections, metrics, {
    bytes: config.SLOW_READER_BYTES,
    sweepMs: config.SLOW_READER_SWEEP_MS,
  });
  acceptConnections(io, {
    node,
    connections,
    subscriptions: new Subscriptions({
      db,
      feeds,
      occupancy,
      presence,
      attendances,
      pulseNow: () => heart.now(),
    }),
    signals,
    inboxes,
    slowReaders,
    addresses,
    identify,
    dispatch: createDispatch(node, operations, run),
    handshake: createHandshake({
      identify,
      limits,
      rules: config.RATE_LIMITS,
      perSecond: config.HANDSHAKES_PER_SECOND,
      openFrom: (address) => addresses.of(address),
      perAddress: config.CONNECTIONS_PER_ADDRESS,
      ready,
      readyWithinMs: config.SEND_DEADLINE_MS,
      inboxHead: (userId) => readInboxHead(db, userId),
      metrics,
      log,
    }),
  });
  const sessionKeeper = keepSessions(connections, identify, config.REVOKED_CLOSE_MS, log);
  let lostRedis = false;
  redis.onUp(() => {
    metrics.redisUp.set(1);
    // Behind the re-subscriptions: what was published before them is asked for, the rest is heard.
    void feeds.confirm().then(() => heart.now());
    if (lostRedis) {
      lobby.reset();
      presence.retell();
    }
  });
  redis.onDown(() => {
    lostRedis = true;
    metrics.redisUp.set(0);
  });
  metrics.redisUp.set(redis.isUp() ? 1 : 0);

  occupancy.start();
  await heart.start();
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    http.listen(config.PORT, config.HOST, resolve);
  });
  const metricsServer = await serveMetrics(registry, {
    host: config.METRICS_HOST,
    port: config.METRICS_PORT,
    isReady: () => state === 'serving',
  });
  state = 'serving';
  const {port} = http.address() as AddressInfo;

  return {
    url: `http://${config.HOST}:${port}`,
    metricsPort: metricsServer.port,
    async stop() {
      state = 'leaving';
      // Whoever is let go before the balancer knows is sent back here, where the fewest connections are.
      if (connections.size > 0) await sleep(Math.min(balancerNoticesWithinMs, config.DRAIN_MS / 5));
      state = 'draining';
      await drainConnections(connections, config.DRAIN_MS / 2);
      await appender.close();
      for (const part of [slowReaders, sessionKeeper, node.redisMemory, overload, presence, lobby, typing])
        part.close();
      await readMarks.close();
      await attendances.flush();
      await node.audit.stop();
      await heart.stop();
      await occupancy.stop({keepMs: config.GRACE_MS});
      await leaveCluster(db, {nodeId}).catch(ignore);
      const closed = io.close().catch(ignore);
      // For requests under way; what is open after that is waited for no longer.
      await Promise.race([closed, sleep(config.DRAIN_MS / 10, undefined, {ref: false})]);
      sockets.destroyAll();
      await closed;
      feeds.close();
      await metricsServer.close();
      await pulse.close();
      await redis.close();
      node.images.close();
      await filesDb.close();
      await db.close();
    },
  };
}

function ignore(): void {}
