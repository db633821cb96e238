/**
 * Delivers logs, events and revocations to this node's connections: connects its parts, starts and stops them in order.
 */
import {readLog, readMemberships, readStandings} from '@madang/database/delivery/log';
import type {Database} from '@madang/database/connections/pool';
import {createPulse, leaveCluster} from '@madang/database/delivery/pulse';
import {limits} from '@madang/protocol/limits';
import type {RedisClients} from '@madang/redis/clients';
import type {DeliveryDebts} from '@madang/redis/delivery-debts';
import {hearInboxNews} from '@madang/redis/inbox-news';
import type {Occupancy} from '@madang/redis/occupancy';
import type {Logger} from '@madang/runtime/log';
import type {Config} from '../config.ts';
import type {Audience, Broadcast, PresencePlace} from '../broadcast.ts';
import type {GatewayMetrics} from '../metrics.ts';
import {Attendances} from './attendances.ts';
import {createBroadcast, type Emitter} from './broadcast.ts';
import type {Tokens} from '../jwt/tokens.ts';
import type {Tenants} from '../tenants.ts';
import {createClusterAdapter} from './cluster-adapter.ts';
import type {Connections} from './connections.ts';
import {Feeds} from './feeds.ts';
import {HeldEvents} from './held-events.ts';
import {Inboxes} from './inboxes.ts';
import {LaggingRooms} from './lagging-rooms.ts';
import type {Listener} from './listener.ts';
import {NodePulse} from './pulse.ts';
import {Signals} from './signals.ts';
import type {Canary} from './probe.ts';
import {feedMember, placeOf, socketRoomOf, socketRooms} from './socket-rooms.ts';
import {Subscriptions, type PresenceObserver} from './subscriptions.ts';

const repairPageEntries = 500;

/** What delivery needs from presence, and the news that another node's digest for a place was shown here. */
export type DeliveredPresence = PresenceObserver & {
  shown(place: Omit<PresencePlace, 'tenantId'>, online: number): void;
};

export type DeliveryOptions<Presence extends DeliveredPresence> = {
  io: Emitter;
  db: Database;
  redis: RedisClients;
  occupancy: Occupancy;
  tenants: Tenants;
  tokens: Tokens;
  debts?: Pick<DeliveryDebts, 'booked'>;
  connections: Connections;
  nodeId: string;
  config: Config;
  /** Presence announces through the broadcast, and subscriptions tell it who comes and goes. */
  createPresence(broadcast: Broadcast): Presence;
  metrics: GatewayMetrics;
  log: Logger;
};

export type Delivery<Presence extends DeliveredPresence> = ReturnType<typeof createDelivery<Presence>>;

export function createDelivery<Presence extends DeliveredPresence>(options: DeliveryOptions<Presence>) {
  const {io, db, redis, occupancy, tenants, tokens, connections, nodeId, config, metrics, log} = options;
  const question = createPulse(db, {nodeId, leaseMs: config.NODE_LEASE_MS});
  const pulse = new NodePulse({
    pulse: question,
    everyMs: config.PULSE_MS,
    maxAgeMs: config.PULSE_MAX_AGE_MS,
    metrics,
    log,
  });
  const checkRoom = (roomId: string) => pulse.check(roomId);
  const isFresh = () => pulse.isFresh();
  const held = new HeldEvents(() => pulse.isCaughtUp());
  const attendances = new Attendances(db, nodeId, log);
  const feeds = new Feeds({
    adapter: () => io.of('/').adapter,
    redis,
    readLog: (roomId, after) =>
      readLog(db, {roomId, after, limit: repairPageEntries, maxBytes: limits.frameBytes}),
    readMemberships: (roomId, userIds) => readMemberships(db, {roomId, userIds}),
    readStandings: (asked) => readStandings(db, asked),
    isFresh,
    gapWaitMs: () => (redis.isUp() ? config.GAP_WAIT_MS : 0),
    check: checkRoom,
    onEphemeral: (roomId, userIds) => attendances.beginAll(roomId, userIds),
    onDelivered: (tenantId, deliveries) => options.debts?.booked(tenantId, deliveries),
    metrics,
    log,
  });
  const inboxes = new Inboxes({db, connections, isFresh, log});
  const signals = new Signals({
    db,
    connections,
    feeds,
    inboxes,
    tenants,
    tokens,
    revokedCloseMs: config.REVOKED_CLOSE_MS,
    log,
  });
  const broadcast = createBroadcast(io, feeds, signals, checkRoom);
  const presence = options.createPresence(broadcast);
  const subscriptionsDeps = {db, feeds, occupancy, presence, attendances, checkRoom};
  let onCanary: ((canary: Canary) => void) | undefined;
  const adapter = createClusterAdapter(
    redis,
    redis.keys.adapter,
    {
      onFrame: (frame) => feeds.receive(frame),
      onSignal: (signal) => void signals.apply([signal]).catch(ignore),
      onCanary: (canary) => onCanary?.(canary),
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
  io.adapter(adapter as never);
  hearInboxNews(redis, (userIds) => inboxes.wake(userIds));
  // Runs after the re-subscriptions: earlier publications are read from Postgres, later ones arrive.
  redis.onUp(() => void feeds.confirm().then(() => pulse.now()));

  return {
    broadcast,
    presence,
    /** The rooms that a new connection hears: none at first. */
    subscriptionsOf: (listener: Listener) => new Subscriptions(subscriptionsDeps, listener),
    signals,
    inboxes,
    /** Sends this node's canaries … */
    sendCanary: (canary: Canary) =>
      void io.to(socketRooms.probe).emit('canary' as never, ...([canary] as never)),
    /** … and from now on hears those of all nodes. */
    hearCanaries(listener: (canary: Canary) => void): void {
      onCanary = listener;
      void io.of('/').adapter.addAll(feedMember, new Set([socketRooms.probe]));
    },
    /** Whether any connection of this node is in that audience. */
    isHeardHere: (audience: Audience) => io.of('/').adapter.rooms.has(socketRoomOf(audience)),
    /** Resolves once the node may serve; throws `unavailable` at the deadline (monotonic, ms). */
    ready: (deadlineAt: number) => pulse.ready(deadlineAt),
    /** Joins the cluster. Resolves after the first pulse, whether or not Postgres answered it. */
    async start(): Promise<void> {
      occupancy.start();
      await pulse.start({
        feeds,
        lagging: new LaggingRooms({feeds, onLostEnd: (position) => signals.loseEnd(position), log}),
        onSignals: (found) => signals.apply(found),
        onLostTrack() {
          attendances.assertAll();
          return signals.applyAll();
        },
        onFresh() {
          inboxes.look();
          void attendances.flush();
          metrics.roomsHosted.set(feeds.size);
          metrics.postgresUp.set(db.isHealthy() ? 1 : 0);
        },
        onCaughtUp: () => held.release(),
      });
    },
    /** Leaves the cluster once it serves no more connections: the other nodes take over at once. */
    async leave(): Promise<void> {
      await attendances.flush();
      await pulse.stop();
      await occupancy.stop({keepMs: config.GRACE_MS});
      await leaveCluster(db, {nodeId}).catch(ignore);
    },
    /** Call this once the socket server is closed. */
    async close(): Promise<void> {
      feeds.close();
      await question.close();
    },
  };
}

function ignore(): void {}
