import {attend, depart} from '@madang/database/delivery/attendances';
import {createDatabase} from '@madang/database/connections/pool';
import {createPulse} from '@madang/database/delivery/pulse';
import {createRoom, readRoom} from '@madang/database/rooms/rooms';
import {findTenantByHost} from '@madang/database/operator/tenants';
import {insertGuest} from '@madang/database/users/users';
import {createLogger} from '@madang/runtime/log';
import {compileAllowed} from '@madang/runtime/outbound-address';
import {createTestDatabase} from '@madang/testkit/database';
import {startFaultProxy} from '@madang/testkit/fault-proxy';
import {testRedis} from '@madang/testkit/redis';
import {onTestFinished} from 'vitest';
import type {Config} from '../src/config.ts';
import {createWorker} from '../src/worker.ts';

export const log = createLogger({name: 'test', level: 'silent'});

/** The times of a cluster in a hurry. */
const times = {SWEEP_MS: 30, NODE_LEASE_MS: 400, GRACE_MS: 200, EMPTY_ROOM_MS: 100, REDIS_SETTLE_MS: 100};

/** For the tests of the worker: a database of one's own, behind a proxy that can fail, and what gateways write there. */
export async function createCluster() {
  const database = await createTestDatabase();
  const {url, appUrl} = database;
  onTestFinished(() => database.drop());
  const postgres = await startFaultProxy({port: Number(new URL(url).port)});
  onTestFinished(() => postgres.close());
  const redis = testRedis();
  // The test's own view, which neither a fault nor a busy machine touches.
  const patience = {statementTimeoutMs: 30_000, lockTimeoutMs: 30_000, deadlineMs: 30_000};
  const db = createDatabase({url, log, applicationName: 'test', ...patience});
  onTestFinished(() => db.close());
  const {id: tenantId} = await findTenantByHost(db, 'localhost');

  const config: Config = {
    MADANG_ENV: 'production',
    DATABASE_URL: postgres.url(appUrl),
    REDIS_URL: redis.url,
    REDIS_SENTINELS: [],
    REDIS_CLUSTER_NODES: [],
    REDIS_TLS: false,
    REDIS_PREFIX: redis.prefix,
    METRICS_HOST: '127.0.0.1',
    METRICS_PORT: 0,
    LOG_LEVEL: 'silent',
    OUTBOUND_ALLOW: compileAllowed(['127.0.0.0/8']),
    WEBHOOK_SECRET: 'a secret of the tests that is long enough',
    ...times,
  };

  return {
    db,
    tenantId,
    redis,
    postgres,
    config,

    async startWorker(changes: Partial<Config> = {}, options: Parameters<typeof createWorker>[2] = {}) {
      const worker = await createWorker({...config, ...changes}, log, options);
      let stopped: Promise<void> | undefined;
      const stop = () => (stopped ??= worker.stop());
      onTestFinished(stop);
      const metrics = async () => (await fetch(`http://127.0.0.1:${worker.metricsPort}/metrics`)).text();
      return {...worker, stop, metrics};
    },

    /** A node that renews its lease until it is killed, through the proxy as a gateway would. */
    startNode(nodeId: string) {
      const through = createDatabase({url: config.DATABASE_URL, log, applicationName: nodeId});
      const pulse = createPulse(through, {nodeId, leaseMs: times.NODE_LEASE_MS, deadlineMs: 100});
      const ask = () => pulse.ask([]).catch(() => undefined);
      const timer = setInterval(() => void ask(), 50);
      const kill = () => clearInterval(timer);
      onTestFinished(async () => {
        kill();
        await pulse.close().catch(() => undefined);
        await through.close();
      });
      return {nodeId, kill, asked: ask()};
    },

    async enterEphemeralRoom(nodeId: string) {
      const {user} = await insertGuest(db, {tenantId, name: 'Guest', color: '#112233'});
      const {state} = await createRoom(db, {
        tenantId,
        userId: user.id,
        title: 'Kitchen',
        visibility: 'public',
        ephemeral: true,
      });
      const attendance = {roomId: state.room.id, userId: user.id};
      await attend(db, nodeId, [attendance]);
      return {
        leave: () => depart(db, nodeId, [attendance]),
        read: async () => {
          const room = await readRoom(db, {tenantId, roomId: state.room.id});
          if (!room) throw new Error('a room never goes');
          return room;
        },
      };
    },
  };
}
