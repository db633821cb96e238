/** The shared parts of a gateway's calls, assembled. */
import {createAppender, type Appender} from '@madang/database/messages/append';
import {readEventPositions} from '@madang/database/events/events';
import {markRead, markUnread} from '@madang/database/messages/messages';
import type {RedisClients} from '@madang/redis/clients';
import {createCrashPoints, type CrashPoint} from '@madang/runtime/crash-point';
import type {Logger} from '@madang/runtime/log';
import type {Outbound} from '@madang/runtime/outbound';
import {createAuditTrail, type AuditTrail} from './audit/audit-trail.ts';
import type {Broadcast} from './broadcast.ts';
import type {Config} from './config.ts';
import type {Delivery} from './delivery/delivery.ts';
import {createEventWatch, type EventWatch} from './events/event-watch.ts';
import type {Images} from './files/converted-image.ts';
import {createImages} from './files/images.ts';
import type {Lanes} from './lanes/lanes.ts';
import type {GatewayMetrics} from './metrics.ts';
import {createPasswords, type Passwords} from './identity/passwords.ts';
import type {Tokens} from './jwt/tokens.ts';
import {createLobbyDigests, type LobbyDigests} from './presence/lobby-digests.ts';
import type {PresenceDigests} from './presence/presence-digests.ts';
import {createTyping, type Typing} from './presence/typing.ts';
import {createReadMarks, type ReadMarks} from './receipts/read-marks.ts';
import type {Stores} from './stores/stores.ts';
import {watchRedisMemory, type RedisMemory} from './stores/redis-memory.ts';
import type {Tenants} from './tenants.ts';
import type {Usage} from './usage.ts';

/** The parts that exist before the node: gateway.ts connects and makes them. */
export type Shared = Stores & {
  tenants: Tenants;
  usage: Usage;
  lanes: Lanes;
  tokens: Tokens;
  outbound: Outbound;
  delivery: Delivery<PresenceDigests>;
  config: Config;
  metrics: GatewayMetrics;
  log: Logger;
};

/**
 * This gateway process, assembled. Only code that makes contexts takes the whole. The policies, each feature and each
 * part of `http/` and `socket/` name what they need from it.
 */
export type Node = Shared & {
  name: string;
  images: Images;
  appender: Appender;
  passwords: Passwords;
  audit: AuditTrail;
  redisMemory: RedisMemory;
  broadcast: Broadcast;
  presence: PresenceDigests;
  lobby: LobbyDigests;
  typing: Typing;
  readMarks: ReadMarks;
  eventWatch: EventWatch;
  crashPoint: CrashPoint;
};

export function createNode(shared: Shared) {
  const {db, redis, reserve, delivery, usage, config, metrics, log} = shared;
  const {broadcast, presence} = delivery;
  const crashPoint = createCrashPoints(config.MADANG_CRASH_AT);
  const appender = createNodeAppender(shared, crashPoint);
  const hasWatchers = (tenantId: string) => delivery.isHeardHere({lobby: tenantId});
  const lobby = createLobbyDigests({...shared, broadcast, hasWatchers});
  const typing = createTyping({broadcast});
  const readMarks = createReadMarks({
    write: (member, seq) => markRead(db, member, {seq}),
    writeBack: (member, seq) => markUnread(db, member, {seq}),
    broadcast,
  });
  const eventWatch = createEventWatch({readPositions: (ids) => readEventPositions(db, ids), log});
  const audit = createAuditTrail(db, log);
  const redisMemory = watchRedisMemory(reserve);
  const node: Node = {
    ...shared,
    name: config.NODE_NAME,
    images: createImages(),
    appender,
    passwords: createPasswords(shared.lanes.passwords),
    audit,
    redisMemory,
    broadcast,
    presence,
    lobby,
    typing,
    readMarks,
    eventWatch,
    crashPoint,
  };
  followRedis(redis, metrics, () => {
    lobby.reset();
    presence.retell();
  });

  return {
    node,
    /** Writes what is still held, and stops announcing. */
    async finish(): Promise<void> {
      await appender.close();
      for (const part of [redisMemory, presence, lobby, typing, eventWatch]) part.close();
      await readMarks.close();
      await usage.close();
      await audit.stop();
    },
  };
}

function createNodeAppender({db, delivery, tenants, config, metrics, log}: Shared, crashPoint: CrashPoint) {
  return createAppender(db, {
    log,
    deadlineMs: config.SEND_DEADLINE_MS,
    weightOf: (tenantId) => tenants.last(tenantId)?.policy.weight ?? 1,
    onCommitted(frames) {
      crashPoint('after_commit_before_broadcast');
      for (const frame of frames) delivery.broadcast.frame(frame);
    },
    onBatch({items, oldestMs, callMs}) {
      metrics.appendItems.observe(items);
      metrics.appendAgeSeconds.observe(oldestMs / 1_000);
      metrics.appendSeconds.observe(callMs / 1_000);
    },
  });
}

/** Tracks whether Redis is up, and calls back each time it returns. */
function followRedis(redis: RedisClients, metrics: GatewayMetrics, onBack: () => void): void {
  let lostRedis = false;
  redis.onUp(() => {
    metrics.redisUp.set(1);
    if (lostRedis) onBack();
  });
  redis.onDown(() => {
    lostRedis = true;
    metrics.redisUp.set(0);
  });
  metrics.redisUp.set(redis.isUp() ? 1 : 0);
}
