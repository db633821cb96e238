import type {Child} from '@madang/processes/children';
import {startRedisSentinels} from '@madang/processes/redis-sentinels';
import {beginChildren} from './own-children.ts';
import {startRedisPair, type PairOptions, type RedisPair} from './redis-pair.ts';
import {commandRedis} from './redis.ts';
import {waitFor} from './wait-for.ts';

export type SentinelRedis = RedisPair & {
  sentinels: number[];
  /** The port of the primary, as the Sentinels say. */
  named(): Promise<number>;
  /** Kills the primary and waits until another is named. Returns what starts it again. */
  failOver(): Promise<() => Promise<void>>;
  /** Freezes the primary and waits until another is named. Returns what wakes it. */
  freezePrimary(): Promise<() => void>;
  /** Resolves once the other server follows the primary. */
  settle(): Promise<void>;
};

const sentinelName = 'the-primary';

/** Starts a primary, a replica and three Sentinels. */
export async function startSentinelRedis({
  ownPassword,
  downAfterMs = 1_000,
  ...options
}: PairOptions & {ownPassword?: string; downAfterMs?: number} = {}): Promise<SentinelRedis> {
  const pair = await startRedisPair(options);
  const {dir, children, close} = beginChildren();
  try {
    const sentinels = await startRedisSentinels({
      children,
      dir,
      name: sentinelName,
      primaryPort: pair.ports[0],
      count: 3,
      downAfterMs,
      ...(options.password !== undefined && {password: options.password}),
      ...(ownPassword !== undefined && {ownPassword}),
    });
    const ports = sentinels.map(({port}) => port);
    const auth = ownPassword === undefined ? '' : `default:${ownPassword}@`;
    const named = async () => {
      const url = `redis://${auth}127.0.0.1:${ports[0]}`;
      const said = await commandRedis(url, 'sentinel', 'get-master-addr-by-name', sentinelName);
      return Number(said.split('\n')[1]);
    };
    /** Takes the primary away and waits until another is named. */
    const replace = async (take: (child: Child) => void) => {
      const port = await named();
      take(pair.child(port));
      await waitFor(async () => (await named()) !== port, {timeoutMs: 30_000, what: 'another primary'});
      return port;
    };
    return {
      ...pair,
      sentinels: ports,
      named,
      async failOver() {
        const port = await replace((child) => child.kill('SIGKILL'));
        return () => pair.restart(port);
      },
      async freezePrimary() {
        const port = await replace((child) => child.kill('SIGSTOP'));
        return () => pair.child(port).kill('SIGCONT');
      },
      async settle() {
        const port = await named();
        const other = pair.ports.find((one) => one !== port)!;
        const follows = async () => {
          const info = await commandRedis(pair.url(other), 'info', 'replication');
          return info.includes(`master_port:${port}`) && info.includes('master_link_status:up');
        };
        await waitFor(follows, {timeoutMs: 60_000, what: 'the other server to follow', everyMs: 200});
      },
      env: {
        REDIS_SENTINELS: ports.map((port) => `127.0.0.1:${port}`).join(','),
        REDIS_SENTINEL_NAME: sentinelName,
        ...(ownPassword !== undefined && {REDIS_SENTINEL_PASSWORD: ownPassword}),
        ...(options.password !== undefined && {REDIS_PASSWORD: options.password}),
      },
      async close() {
        await close();
        await pair.close();
      },
    };
  } catch (error) {
    await close();
    await pair.close();
    throw error;
  }
}
