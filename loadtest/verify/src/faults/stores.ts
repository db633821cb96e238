/** Faults of Redis and Postgres that end, freeze, forget, fill up, or are locked. */
import {setTimeout as delay} from 'node:timers/promises';
import type {ProcessCluster} from '@madang/testkit/cluster-processes';
import {commandRedis} from '@madang/testkit/redis';
import {whyNoSmallDisk} from '@madang/testkit/small-disk';
import {asSuperuser, longestLockMs} from '../superuser.ts';
import type {Fault} from './fault.ts';

/** Less than the sessions already use, so that every write is refused. */
const fullAt = '100kb';
const roomForAll = '256mb';
const otherPassword = 'another-password';

export const storeFaults: Fault[] = [
  {
    kind: 'Redis killed',
    on: 'redis',
    begin: async ({cluster}) => {
      await cluster.redis!.kill();
      return () => cluster.redis!.start();
    },
  },
  {
    kind: 'Redis restarted empty',
    on: 'redis',
    begin: async ({cluster}) => {
      await commandRedis(cluster.redisUrl, 'FLUSHALL');
      await cluster.redis!.kill();
      return () => cluster.redis!.start();
    },
  },
  {
    kind: 'Redis frozen',
    on: 'redis',
    begin: ({cluster}) => {
      cluster.redis!.pause();
      return () => cluster.redis!.resume();
    },
  },
  {
    kind: 'Redis emptied (FLUSHALL)',
    on: 'redis',
    lastsMs: 0,
    begin: async ({cluster}) => {
      await commandRedis(cluster.redisUrl, 'FLUSHALL');
      return () => undefined;
    },
  },
  {
    kind: 'Redis subscribers cut',
    on: 'redis',
    begin: ({cluster}) =>
      repeat(300, () => commandRedis(cluster.redisUrl, 'CLIENT', 'KILL', 'TYPE', 'pubsub')),
  },
  {
    kind: 'Redis full',
    on: 'redis',
    begin: async ({cluster}) => {
      await commandRedis(cluster.redisUrl, 'CONFIG', 'SET', 'maxmemory', fullAt);
      return async () =>
        void (await commandRedis(cluster.redisUrl, 'CONFIG', 'SET', 'maxmemory', roomForAll));
    },
  },
  {
    kind: 'Redis read-only',
    on: 'redis',
    begin: async ({cluster}) => {
      await commandRedis(cluster.redisUrl, 'REPLICAOF', '127.0.0.1', '1');
      return async () => void (await commandRedis(cluster.redisUrl, 'REPLICAOF', 'NO', 'ONE'));
    },
  },
  {
    kind: 'Redis with another password',
    on: 'redis',
    begin: async ({cluster}) => {
      await commandRedis(cluster.redisUrl, 'ACL', 'SETUSER', 'default', 'resetpass', `>${otherPassword}`);
      const url = Object.assign(new URL(cluster.redisUrl), {
        username: 'default',
        password: otherPassword,
      }).href;
      for (const type of ['normal', 'pubsub']) await commandRedis(url, 'CLIENT', 'KILL', 'TYPE', type);
      return async () => void (await commandRedis(url, 'ACL', 'SETUSER', 'default', 'nopass'));
    },
  },
  {
    kind: 'Redis without enough replicas',
    on: 'redis',
    begin: async ({cluster}) => {
      const need = (count: number) =>
        commandRedis(cluster.redisUrl, 'CONFIG', 'SET', 'min-replicas-to-write', String(count));
      await need(3);
      return async () => void (await need(0));
    },
  },
  {
    kind: 'Postgres crashed',
    on: 'postgres',
    begin: async ({cluster}) => {
      await postgresOf(cluster).stop('immediate');
      return () => postgresOf(cluster).start();
    },
  },
  {
    kind: 'Postgres restarted',
    on: 'postgres',
    lastsMs: 0,
    begin: async ({cluster}) => {
      await postgresOf(cluster).stop('fast');
      return () => postgresOf(cluster).start();
    },
  },
  {
    kind: 'Postgres failed over',
    on: 'postgres',
    lastsMs: 0,
    begin: async ({cluster}) => {
      await cluster.replicated!.failOver();
      return () => undefined;
    },
    tidy: ({cluster}) => cluster.replicated!.replaceStandby(),
  },
  {
    kind: 'Postgres promoted with old connections',
    on: 'postgres',
    lastsMs: 0,
    begin: async ({cluster}) => {
      await cluster.replicated!.promote();
      return () => undefined;
    },
    tidy: ({cluster}) => cluster.replicated!.replaceStandby(),
  },
  {
    kind: 'Postgres frozen',
    on: 'postgres',
    begin: ({cluster}) => {
      postgresOf(cluster).pause();
      return () => postgresOf(cluster).resume();
    },
  },
  {
    kind: 'Postgres without disk space',
    on: 'postgres',
    impossible: whyNoSmallDisk,
    begin: ({cluster}) => {
      cluster.replicated!.fillDisk();
      return () => cluster.replicated!.freeDisk();
    },
  },
  {
    kind: 'Postgres backends killed',
    on: 'postgres',
    begin: ({cluster}) =>
      repeat(500, () =>
        asSuperuser(cluster, (db) =>
          db.query({
            name: '',
            text: `select pg_terminate_backend(pid) from pg_stat_activity
              where backend_type = 'client backend' and pid <> pg_backend_pid() and random() < 0.5`,
          }),
        ),
      ),
  },
  {
    kind: 'rooms locked',
    on: 'postgres',
    begin: async ({cluster}) => {
      const done = new AbortController();
      const held = asSuperuser(cluster, async (db) => {
        await db.query({name: '', text: 'begin'});
        await db.query({name: '', text: 'lock table rooms in exclusive mode'});
        await delay(longestLockMs, undefined, {signal: done.signal}).catch(() => undefined);
        await db.query({name: '', text: 'rollback'});
      });
      held.catch(() => undefined);
      return async () => {
        done.abort();
        await held.catch(() => undefined);
      };
    },
  },
];

function postgresOf({replicated, postgres}: ProcessCluster) {
  const own = replicated ?? postgres;
  if (!own) throw new Error('this cluster has no Postgres of its own');
  return own;
}

/** Repeats an action. If it fails because of another fault, it is tried again. */
function repeat(everyMs: number, act: () => Promise<unknown>): () => Promise<void> {
  const stop = new AbortController();
  const acting = (async () => {
    while (!stop.signal.aborted) {
      await act().catch(() => undefined);
      await delay(everyMs, undefined, {signal: stop.signal}).catch(() => undefined);
    }
  })();
  return async () => {
    stop.abort();
    await acting;
  };
}
