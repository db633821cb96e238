/** One assembled worker: main starts one, and tests start several. */
import {tryJob} from '@madang/database/jobs/jobs';
import {createDatabase} from '@madang/database/connections/pool';
import {createRedisClients} from '@madang/redis/clients';
import {tellInboxNews} from '@madang/redis/inbox-news';
import {runLocked} from '@madang/redis/locks';
import type {Logger} from '@madang/runtime/log';
import {createMetrics, serveMetrics} from '@madang/runtime/metrics';
import {postgresOf, withoutPooler} from '@madang/runtime/postgres-variables';
import {redisServersOf} from '@madang/runtime/redis-servers';
import type {Config} from './config.ts';
import {createJobMetrics, startJob} from './job.ts';
import type {Exclusive, Job, JobRunner} from './job.ts';
import {createBlankClosedRooms} from './jobs/blank-closed-rooms.ts';
import {createBlankGoneUsers} from './jobs/blank-gone-users.ts';
import {createBlankTruncatedRooms} from './jobs/blank-truncated-rooms.ts';
import {createChunkMessages} from './jobs/chunk-messages.ts';
import {createCloseEmptyRooms} from './jobs/close-empty-rooms.ts';
import {createCollectFiles} from './jobs/collect-files.ts';
import {createDeleteUnseenGuests} from './jobs/delete-unseen-guests.ts';
import {createEndDepartedMembers} from './jobs/end-departed-members.ts';
import {createEndMembershipsOfDeletedUsers} from './jobs/end-memberships-of-deleted-users.ts';
import {createProjectLogs} from './jobs/project-logs.ts';
import {createNumberMoves} from './jobs/number-moves.ts';
import {createPruneAuditLog} from './jobs/prune-audit-log.ts';
import {createExpireMessages} from './jobs/expire-messages.ts';
import {createKeepNameKeys} from './jobs/keep-name-keys.ts';
import {createPruneEvents} from './jobs/prune-events.ts';
import {createPruneInvites} from './jobs/prune-invites.ts';
import {createPruneMoves} from './jobs/prune-moves.ts';
import {createPruneNodes} from './jobs/prune-nodes.ts';
import {createPruneNumberedMoves} from './jobs/prune-numbered-moves.ts';
import {createPruneNotifications} from './jobs/prune-notifications.ts';
import {createPruneReports} from './jobs/prune-reports.ts';
import {createPruneSignals} from './jobs/prune-signals.ts';
import {createMeasureUsage} from './jobs/measure-usage.ts';
import {createPruneUsage} from './jobs/prune-usage.ts';
import {createPruneTickets} from './jobs/prune-tickets.ts';
import {createReapDeadNodes} from './jobs/reap-dead-nodes.ts';
import {createTellUnseen} from './jobs/tell-unseen.ts';
import {createPresence} from './presence.ts';
import {createOutbound, type OutboundOptions} from '@madang/runtime/outbound';
import type {WebhookTimes} from './webhooks/webhook-times.ts';
import {startWebhooks} from './webhooks/webhooks.ts';
import {createStoreMetrics} from './store-metrics.ts';

/*
 * The worker changes rooms' logs but broadcasts nothing, so it needs no adapter: within a second the gateways' pulse
 * finds every log that has moved, which is soon enough for these changes.
 */

/** A job's lock in Postgres costs a connection to take: too much each second, but little a few times a minute. */
const holdMs = 60_000;

/**
 * A run takes milliseconds. If a crash cuts a run off, the job waits for this long, and must still remove a killed
 * node's users in time.
 */
const redisLockMs = 2_000;

export type Worker = {
  metricsPort: number;
  /** Ends every job after its current piece. */
  stop(): Promise<void>;
};

/** Starts a worker's jobs. Postgres and Redis may be away, now or later: the jobs wait for them. */
export async function createWorker(
  config: Config,
  log: Logger,
  {webhookTimes, resolve}: {webhookTimes?: WebhookTimes} & Pick<OutboundOptions, 'resolve'> = {},
): Promise<Worker> {
  const registry = createMetrics();
  const metrics = createJobMetrics(registry);
  const db = createDatabase({
    ...withoutPooler(postgresOf(config)),
    log,
    metrics: registry,
    applicationName: 'madang worker',
    maxConnections: 4,
    // Nothing waits for these statements, and they are slow on a large table.
    statementTimeoutMs: 4_000,
    deadlineMs: 5_000,
  });
  const redis = createRedisClients({
    servers: redisServersOf(config),
    prefix: config.REDIS_PREFIX,
    log,
    metrics: registry,
    name: 'worker',
  });
  await redis.connect();
  createStoreMetrics(registry, db, redis);
  let isReady = false;
  const server = await serveMetrics(registry, {
    host: config.METRICS_HOST,
    port: config.METRICS_PORT,
    isReady: () => isReady,
    faults: () => redis.faults(),
  });

  const inPostgres: Exclusive = (name, lead) => tryJob(db, name, lead);
  const inRedis: Exclusive = (name, lead) => runLocked(redis, name, redisLockMs, lead);
  /** A job whose reader has a lease. */
  const byItself: Exclusive = async (_, lead) => {
    await lead();
    return true;
  };
  const everyMs = config.SWEEP_MS;
  const graceMs = config.GRACE_MS;
  const presence = createPresence({redis, db, settleMs: config.REDIS_SETTLE_MS});
  const sweeps: Job[] = [
    createEndDepartedMembers({db, everyMs, graceMs, leaseMs: config.NODE_LEASE_MS}),
    createCloseEmptyRooms({db, everyMs, afterMs: config.EMPTY_ROOM_MS}),
    createEndMembershipsOfDeletedUsers({db, everyMs}),
    createNumberMoves(db),
    createTellUnseen({db, presence}),
  ];
  const chunkMessages = createChunkMessages(db);
  const chores: Job[] = [
    chunkMessages,
    createBlankGoneUsers(db),
    createBlankClosedRooms(db),
    createExpireMessages(db),
    createBlankTruncatedRooms(db),
    createCollectFiles(db),
    createKeepNameKeys(db),
    createDeleteUnseenGuests(db),
    createPruneSignals(db),
    createPruneEvents(db),
    createPruneMoves(db),
    createPruneNumberedMoves(db),
    createPruneNotifications(db),
    createPruneNodes(db),
    createPruneTickets(db),
    createPruneInvites(db),
    createPruneReports(db),
    createPruneAuditLog(db),
    createMeasureUsage(db),
    createPruneUsage(db),
  ];
  const project = createProjectLogs({db, presence, onNotified: (userIds) => tellInboxNews(redis, userIds)});
  const reap = createReapDeadNodes({redis, log, everyMs, settleMs: config.REDIS_SETTLE_MS});
  const shared = {metrics, log, retryMs: everyMs};
  const runners: JobRunner[] = [
    ...sweeps.map((job) => startJob(job, {...shared, exclusive: inPostgres, holdMs})),
    ...chores.map((job) => startJob(job, {...shared, exclusive: inPostgres})),
    startJob(reap, {...shared, exclusive: inRedis}),
    startJob(project, {...shared, exclusive: byItself}),
  ];
  const outbound = createOutbound({allowed: config.OUTBOUND_ALLOW, ...(resolve && {resolve})});
  const webhooks = startWebhooks({
    db,
    outbound,
    master: config.WEBHOOK_SECRET,
    times: webhookTimes ?? config.MADANG_WEBHOOK_TIMES,
    registry,
    log,
  });
  isReady = true;

  return {
    metricsPort: server.port,
    async stop() {
      isReady = false;
      await Promise.all([webhooks.stop(), ...runners.map((runner) => runner.stop())]);
      await Promise.all([project.close(), chunkMessages.close()]);
      await Promise.all([redis.close(), db.close()]);
      await server.close();
    },
  };
}
