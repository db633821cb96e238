import {spawn} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {fileURLToPath} from 'node:url';
import {readEvents} from '@madang/database/events/events';
import {createPulse} from '@madang/database/delivery/pulse';
import {createAppender} from '@madang/database/messages/append';
import {setPolicy} from '@madang/database/operator/policies';
import {joinRoom} from '@madang/database/rooms/members';
import {createRoom} from '@madang/database/rooms/rooms';
import {insertAccount} from '@madang/database/users/users';
import {presetPolicy} from '@madang/protocol/policy-presets';
import {createRedisClients} from '@madang/redis/clients';
import {createOccupancy, tenantPlace} from '@madang/redis/occupancy';
import {commandRedis, startPrivateRedis} from '@madang/testkit/redis';
import {staysTrue} from '@madang/testkit/stays-true';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createCluster, log} from '../test/cluster.ts';

const patience = {timeoutMs: 40_000, everyMs: 100};

/** A push room with its owner, who writes, and members who are connected nowhere unless a node has them. */
async function createShop(redisUrl?: string) {
  const cluster = await createCluster();
  const {db, tenantId} = cluster;
  const community = presetPolicy('community');
  const types = {...community.types, room: {...community.types.room, push: true}};
  await setPolicy(db, {tenantId, policy: {...community, eventDays: 7, types}, changes: []});
  const person = async (name: string) =>
    (await insertAccount(db, {tenantId, name, passwordHash: 'hash', color: '#112233'})).user;
  const ann = await person('ann');
  const fields = {title: 'Case', visibility: 'public', ephemeral: false} as const;
  const {id: roomId} = (await createRoom(db, {tenantId, userId: ann.id, ...fields})).state.room;
  const {append, close} = createAppender(db, {log, onCommitted: () => {}, deadlineMs: 20_000});
  onTestFinished(close);
  return {
    ...cluster,
    roomId,
    async member(name: string) {
      const user = await person(name);
      await joinRoom(db, {tenantId, roomId, userId: user.id});
      return user.id;
    },
    send: () =>
      append({
        tenantId,
        roomId,
        senderId: ann.id,
        sender: {id: ann.id, kind: 'account', name: 'ann', color: '#112233'},
        clientId: randomUUID(),
        text: 'hello',
        receivedAt: performance.now(),
      }),
    async told(): Promise<string[]> {
      const userIds: string[] = [];
      for (let after: number | undefined; ;) {
        const page = await readEvents(db, {tenantId, after, types: ['message.unseen'], limit: 200});
        userIds.push(...(page?.events ?? []).map(({data}) => data.userId!));
        if (!page?.more) return userIds;
        after = page.next;
      }
    },
    /** A live gateway to which these users are connected. */
    async connect(...userIds: string[]) {
      const clients = createRedisClients({
        url: redisUrl ?? cluster.redis.url,
        prefix: cluster.redis.prefix,
        log,
      });
      await clients.connect();
      const occupancy = createOccupancy({clients, nodeId: 'gateway', log});
      const pulse = createPulse(db, {nodeId: 'gateway', leaseMs: 60_000, deadlineMs: 20_000});
      onTestFinished(async () => {
        await occupancy.stop();
        await pulse.close();
        await clients.close();
      });
      for (const userId of userIds) occupancy.enter(tenantPlace(tenantId), userId);
      occupancy.start();
      await pulse.ask([]);
      await waitFor(
        async () => (await clients.commands.zcard(clients.keys.occupancy.online + tenantPlace(tenantId))) > 0,
        {...patience, what: 'the users to be in Redis'},
      );
    },
    read: (userId: string) =>
      db.query({name: '', text: 'update memberships set read_seq = 1000 where user_id = $1'}, [userId]),
  };
}

test('three workers tell once of each absent member, again after a reading, and never of who is present', async () => {
  const shop = await createShop();
  const [absent, reader, present] = [
    await shop.member('absent'),
    await shop.member('reader'),
    await shop.member('present'),
  ];
  await shop.connect(present);
  await Promise.all([1, 2, 3].map(() => shop.startWorker()));
  const sentAt = performance.now();
  await shop.send();
  await waitFor(async () => (await shop.told()).length === 2, {...patience, what: 'the events of both'});
  expect(performance.now() - sentAt).toBeGreaterThan(4_900);
  expect((await shop.told()).toSorted()).toEqual([absent, reader].toSorted());

  await shop.read(reader);
  await shop.db.query({name: '', text: 'update memberships set read_seq = 1 where user_id = $1'}, [reader]);
  await shop.send();

  await waitFor(async () => (await shop.told()).length > 2, {...patience, what: 'the event of the reader'});
  expect((await shop.told()).slice(2)).toEqual([reader]);
});

test('while Redis is empty or away nobody counts as absent; afterwards the absent do', async () => {
  const redis = await startPrivateRedis();
  onTestFinished(() => redis.close());
  const shop = await createShop(redis.url);
  const [absent, present] = [await shop.member('absent'), await shop.member('present')];
  await shop.connect(present);
  await shop.startWorker({REDIS_URL: redis.url, REDIS_SETTLE_MS: 4_000});
  await shop.send();
  redis.pause();
  const due = {name: '', text: 'select from unseen_rooms where due_at < clock_timestamp()'};
  await waitFor(async () => (await shop.db.query(due)).length > 0, {...patience, what: 'the room to be due'});
  await staysTrue(async () => (await shop.told()).length === 0, 2_000, {
    what: 'no event',
    everyMs: 100,
  });
  redis.resume();
  await commandRedis(redis.url, 'FLUSHALL');

  await waitFor(async () => (await shop.told()).length > 0, {...patience, what: 'the absent one'});
  expect(await shop.told()).toEqual([absent]);
});

test('a worker that is killed between members is followed by one that makes the events of the others, and none twice', async () => {
  const shop = await createShop();
  const crowd = 3_000;
  const text = `
    with made as (
      insert into users (id, tenant_id, kind, name, name_key, shown_key, color)
      select gen_random_uuid(), $1, 'account', 'c' || no, 'c' || no, 'c' || no, '#112233'
      from generate_series($3::int + 1, $3::int + 250) as no
      returning id
    )
    insert into memberships (tenant_id, room_id, user_id, joined_at_rev, read_seq) select $1, $2, id, 0, 0 from made`;
  for (let from = 0; from < crowd; from += 250) {
    await shop.db.query({name: '', text}, [shop.tenantId, shop.roomId, from]);
  }
  const {DATABASE_URL, REDIS_URL, REDIS_PREFIX} = shop.config;
  const worker = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: {
      DATABASE_URL,
      REDIS_URL,
      REDIS_PREFIX,
      METRICS_PORT: '0',
      REDIS_SETTLE_MS: '0',
      MADANG_ENV: 'development',
    },
    stdio: 'ignore',
  });
  onTestFinished(() => void worker.kill('SIGKILL'));
  await shop.send();
  const noted = {name: '', text: 'select from memberships where unseen_seq is not null limit 1'};
  await waitFor(async () => (await shop.db.query(noted)).length > 0, {
    ...patience,
    everyMs: 5,
    what: 'a page',
  });
  worker.kill('SIGKILL');

  await shop.startWorker();

  const finished = {name: '', text: 'select from unseen_rooms'};
  await waitFor(async () => (await shop.db.query(finished)).length === 0, {
    ...patience,
    what: 'the last look',
  });
  const counted = {
    name: '',
    text: `select count(*)::int as all, count(distinct user_id)::int as users from events where type = 'message.unseen'`,
  };
  await waitFor(async () => (await shop.db.query<{all: number}>(counted))[0]!.all >= crowd, {
    ...patience,
    what: 'the events of all',
  });
  expect(await shop.db.query(counted)).toEqual([{all: crowd, users: crowd}]);
});
