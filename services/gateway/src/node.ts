/** What the calls of a gateway share, put together. */
import {createAppender, type Appender} from '@madang/database/messages/append';
import {markRead} from '@madang/database/messages/messages';
import type {Database} from '@madang/database/connections/pool';
import type {RedisClients} from '@madang/redis/clients';
import type {Occupancy} from '@madang/redis/occupancy';
import type {RateLimits} from '@madang/redis/rate-limits';
import type {Reserve} from '@madang/redis/reserve';
import {createCrashPoints, type CrashPoint} from '@madang/runtime/crash-point';
import type {Logger} from '@madang/runtime/log';
import {createAuditTrail, type AuditTrail} from './audit/audit-trail.ts';
import type {Broadcast} from './broadcast.ts';
import type {Config} from './config.ts';
import type {Databases} from './stores/databases.ts';
import type {Delivery} from './delivery/delivery.ts';
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
import {watchRedisMemory, type RedisMemory} from './stores/redis-memory.ts';
import type {Tenants} from './tenants.ts';
import type {Usage} from './usage.ts';

/**
 * This gateway process, put together. Only what makes contexts takes the whole; the policies, each feature and each part
 * of `http/` and `socket/` name what they need of it.
 */
export type Node = {
  name: string;
  config: Config;
  db: Database;
  /** Connections of their own for what takes long because it is large. */
  filesDb: Database;
  images: Images;
  appender: Appender;
  occupancy: Occupancy;
  limits: RateLimits;
  tenants: Tenants;
  usage: Usage;
  tokens: Tokens;
  passwords: Passwords;
  audit: AuditTrail;
  redisMemory: RedisMemory;
  broadcast: Broadcast;
  presence: PresenceDigests;
  lobby: LobbyDigests;
  typing: Typing;
  readMarks: ReadMarks;
  crashPoint: CrashPoint;
  metrics: GatewayMetrics;
  log: Logger;
};

export type NodeOptions = Databases & {
  redis: RedisClients;
  reserve: Reserve;
  occupancy: Occupancy;
  limits: RateLimits;
  tenants: Tenants;
  usage: Usage;
  lanes: Lanes;
  tokens: Tokens;
  delivery: Delivery<PresenceDigests>;
  config: Config;
  metrics: GatewayMetrics;
  log: Logger;
};

export function createNode(options: NodeOptions) {
  const {
    db,
    filesDb,
    redis,
    reserve,
    occupancy,
    limits,
    tenants,
    usage,
    lanes,
    tokens,
    delivery,
    config,
    metrics,
    log,
  } = options;
  const {broadcast, presence} = delivery;
  const crashPoint = createCrashPoints(config.MADANG_CRASH_AT);
  const appender = createNodeAppender(options, broadcast, crashPoint);
  const lobby = createLobbyDigests({
    db,
    occupancy,
    broadcast,
    hasWatchers: (tenantId) => delivery.isHeardHere({lobby: tenantId}),
    config,
    log,
  });
  const typing = createTyping({broadcast});
  const readMarks = createReadMarks({write: (member, seq) => markRead(db, member, {seq}), broadcast});
  const audit = createAuditTrail(db, log);
  const redisMemory = watchRedisMemory(reserve);
  const node: Node = {
    name: config.NODE_NAME,
    config,
    db,
    filesDb,
    images: createImages(),
    appender,
    occupancy,
    limits,
    tenants,
    usage,
    tokens,
    passwords: createPasswords(lanes.passwords),
    audit,
    redisMemory,
    broadcast,
    presence,
    lobby,
    typing,
    readMarks,
    crashPoint,
    metrics,
    log,
  };
  followRedis(redis, metrics, () => {
    lobby.reset();
    presence.retell();
  });

  return {
    node,
    /** Writes what is still held, and announces nothing more. */
    async finish(): Promise<void> {
      await appender.close();
      for (const part of [redisMemory, presence, lobby, typing]) part.close();
      await readMarks.close();
      await usage.close();
      await audit.stop();
    },
  };
}

function createNodeAppender(
  {db, config, metrics, log}: NodeOptions,
  broadcast: Broadcast,
  crashPoint: CrashPoint,
) {
  return createAppender(db, {
    log,
    deadlineMs: config.SEND_DEADLINE_MS,
    onCommitted(frames) {
      crashPoint('after_commit_before_broadcast');
      for (const frame of frames) broadcast.frame(frame);
    },
    onBatch({items, oldestMs, callMs}) {
      metrics.appendItems.observe(items);
      metrics.appendAgeSeconds.observe(oldestMs / 1_000);
      metrics.appendSeconds.observe(callMs / 1_000);
    },
  });
}

/** Shows whether Redis is up, and calls back each time that it is again. */
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
