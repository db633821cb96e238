import {createOccupancy} from '@madang/redis/occupancy';
import {createRedisClients} from '@madang/redis/clients';
import {startPrivateRedis} from '@madang/testkit/redis';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createCluster, log} from '../test/cluster.ts';

const soon = (what: string) => ({timeoutMs: 10_000, what});

type Room = Awaited<ReturnType<Awaited<ReturnType<typeof createCluster>>['enterEphemeralRoom']>>;

const closed = (room: Room) => waitFor(async () => (await room.read()).closedAt, soon('the room to close'));

test('closes an ephemeral room after its last member left, and only that one', async () => {
  const cluster = await createCluster();
  const node = cluster.startNode('node');
  await node.asked;
  const left = await cluster.enterEphemeralRoom('node');
  const stayed = await cluster.enterEphemeralRoom('node');
  await cluster.startWorker();

  await left.leave();

  await closed(left);
  expect((await stayed.read()).memberCount).toBe(1);
});

test('ends the memberships of those whose node was killed', async () => {
  const cluster = await createCluster();
  const [dying, living] = [cluster.startNode('dying'), cluster.startNode('living')];
  await Promise.all([dying.asked, living.asked]);
  const [onDying, onLiving] = [
    await cluster.enterEphemeralRoom('dying'),
    await cluster.enterEphemeralRoom('living'),
  ];
  await cluster.startWorker();

  dying.kill();

  await closed(onDying);
  expect((await onLiving.read()).memberCount).toBe(1);
});

test('ends nobody who is connected, after an outage in which all leases ran out', async () => {
  const cluster = await createCluster();
  const node = cluster.startNode('node');
  await node.asked;
  const connected = await cluster.enterEphemeralRoom('node');
  const worker = await cluster.startWorker();
  const marker = await cluster.enterEphemeralRoom('node');
  await marker.leave();
  await closed(marker);

  cluster.postgres.set('reset');
  await waitFor(async () => {
    const expired = {
      name: '',
      text: `select from nodes where lease_until + interval '200 ms' < clock_timestamp()`,
    };
    return (await cluster.db.query(expired)).length === 1;
  }, soon('the lease to run out'));
  const failed = /job="end-departed-members",outcome="failed"/;
  await waitFor(async () => failed.test(await worker.metrics()), soon('the job to fail'));
  const departed = await cluster.enterEphemeralRoom('node');
  await departed.leave();
  cluster.postgres.set('pass');

  await closed(departed);
  expect((await connected.read()).memberCount).toBe(1);
});

test('starts while Postgres and Redis are away, lives, and works when they come', async () => {
  const cluster = await createCluster();
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.close());
  await redis.stop();
  cluster.postgres.set('reset');
  const worker = await cluster.startWorker({REDIS_URL: redis.url});
  const statusOf = async (path: string) =>
    (await fetch(`http://127.0.0.1:${worker.metricsPort}${path}`)).status;
  await waitFor(
    async () => /reap-dead-nodes",outcome="failed"/.test(await worker.metrics()),
    soon('a failure'),
  );
  await waitFor(async () => /prune-nodes",outcome="failed"/.test(await worker.metrics()), soon('a failure'));
  expect([await statusOf('/livez'), await statusOf('/readyz')]).toEqual([200, 200]);

  cluster.postgres.set('pass');
  await redis.start();

  await waitFor(async () => /reap-dead-nodes",outcome="ok"/.test(await worker.metrics()), soon('the reaper'));
  await waitFor(async () => /prune-nodes",outcome="ok"/.test(await worker.metrics()), soon('the database'));
});

test('leads each job in one worker only, and hands over when that one stops', async () => {
  const cluster = await createCluster();
  const leads = /madang_job_leading\{job="close-empty-rooms"\} 1/;
  const [first, second] = [await cluster.startWorker(), await cluster.startWorker()];
  const [leader, follower] = await waitFor(async () => {
    const [one, two] = [leads.test(await first.metrics()), leads.test(await second.metrics())];
    expect(one && two).toBe(false);
    return one ? [first, second] : two && [second, first];
  }, soon('a leader'));

  await leader.stop();

  await waitFor(async () => leads.test(await follower.metrics()), soon('the other to lead'));
});

test('drops the users of a killed node from occupancy, and spares the living through an outage of Redis', async () => {
  const cluster = await createCluster();
  const redis = await startPrivateRedis({appendOnly: true});
  onTestFinished(() => redis.close());
  const startNode = async (nodeId: string) => {
    const clients = createRedisClients({url: redis.url, prefix: cluster.redis.prefix, log});
    await clients.connect();
    const occupancy = createOccupancy({clients, nodeId, log, beatMs: 50, leaseMs: 500});
    occupancy.start();
    onTestFinished(async () => {
      await occupancy.stop();
      await clients.close();
    });
    return {...occupancy, clients};
  };
  const [dying, living] = [await startNode('dying'), await startNode('living')];
  dying.enter('room', 'ann');
  living.enter('room', 'bob');
  await waitFor(async () => (await living.online(['room']))[0] === 2, soon('both users'));
  await cluster.startWorker({REDIS_URL: redis.url, REDIS_SETTLE_MS: 3_000});

  const watching = createRedisClients({url: redis.url, prefix: cluster.redis.prefix, log});
  await watching.connect();
  onTestFinished(() => watching.close());
  const seen: string[] = [];

  // The state that SIGKILL leaves behind.
  dying.clients.commands.disconnect();
  await redis.stop();
  await redis.start();

  await waitFor(async () => {
    const users = await watching.commands.zrange(`${watching.keys.occupancy.online}room`, '-', '+', 'BYLEX');
    if (users.join(' ') !== seen.at(-1)) seen.push(users.join(' '));
    return users.length === 1;
  }, soon('ann to go'));
  expect(seen).toEqual(['ann bob', 'bob']);
});
