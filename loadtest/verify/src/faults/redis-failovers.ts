/** Another server becomes the primary: behind a name, under Sentinels, or of a shard of a Cluster. */
import type {Fault} from './fault.ts';

export const redisFailovers: Fault[] = [
  {
    kind: 'Redis demoted behind its name',
    on: 'redis',
    redis: 'named',
    begin: async ({cluster}) => {
      await cluster.namedRedis!.demote();
      return () => cluster.namedRedis!.moveName();
    },
  },
  {
    kind: 'Redis failed over by Sentinels',
    on: 'redis',
    redis: 'sentinels',
    begin: ({cluster}) => cluster.sentinelRedis!.failOver(),
    tidy: ({cluster}) => cluster.sentinelRedis!.settle(),
  },
  {
    kind: 'Redis primary frozen under Sentinels',
    on: 'redis',
    redis: 'sentinels',
    begin: ({cluster}) => cluster.sentinelRedis!.freezePrimary(),
    tidy: ({cluster}) => cluster.sentinelRedis!.settle(),
  },
  {
    kind: 'Redis primary of a shard killed',
    on: 'redis',
    redis: 'cluster',
    begin: async ({cluster, random}) => {
      const victim = await cluster.clusterRedis!.primaryOf(`key-${random.next()}`);
      victim.child.kill('SIGKILL');
      await victim.child.exited;
      return () => victim.restart();
    },
    tidy: ({cluster}) => cluster.clusterRedis!.settle(),
  },
  {
    kind: 'Redis primary of a shard frozen',
    on: 'redis',
    redis: 'cluster',
    begin: async ({cluster, random}) => {
      const victim = await cluster.clusterRedis!.primaryOf(`key-${random.next()}`);
      victim.child.kill('SIGSTOP');
      return () => victim.child.kill('SIGCONT');
    },
    tidy: ({cluster}) => cluster.clusterRedis!.settle(),
  },
  {
    kind: 'Redis slot of occupancy migrated',
    on: 'redis',
    redis: 'cluster',
    lastsMs: 0,
    begin: async ({cluster}) => {
      await cluster.clusterRedis!.migrate('{occupancy}');
      return () => undefined;
    },
    tidy: ({cluster}) => cluster.clusterRedis!.settle(),
  },
];
