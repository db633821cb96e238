import {spawn} from 'node:child_process';
import {randomUUID} from 'node:crypto';
import {fileURLToPath} from 'node:url';
import {createPulse} from '@madang/database/delivery/pulse';
import {createAppender, type AppendItem} from '@madang/database/messages/append';
import {joinRoom} from '@madang/database/rooms/members';
import {createRoom} from '@madang/database/rooms/rooms';
import {insertAccount} from '@madang/database/users/users';
import {createRedisClients} from '@madang/redis/clients';
import {hearInboxNews} from '@madang/redis/inbox-news';
import {createOccupancy, tenantPlace} from '@madang/redis/occupancy';
import {waitFor} from '@madang/testkit/wait-for';
import {expect, onTestFinished, test} from 'vitest';
import {createCluster, log} from '../test/cluster.ts';

const patience = {timeoutMs: 40_000, everyMs: 50};

/** A room with its owner, who writes, and members. */
async function createStage(memberCount: number) {
  const cluster = await createCluster();
  const {db, tenantId} = cluster;
  const person = async (name: string) =>
    (await insertAccount(db, {tenantId, name, passwordHash: 'hash', color: '#112233'})).user;
  const ann = await person('ann');
  const fields = {title: 'Roof', visibility: 'public', ephemeral: false} as const;
  const {id: roomId} = (await createRoom(db, {tenantId, userId: ann.id, ...fields})).state.room;
  const members: {id: string; name: string}[] = [];
  for (let no = 0; no < memberCount; no += 1) {
    const {id, name} = await person(`member ${no}`);
    await joinRoom(db, {tenantId, roomId, userId: id});
    members.push({id, name});
  }
  const {append, close} = createAppender(db, {log, onCommitted: () => {}, deadlineMs: 20_000});
  onTestFinished(close);
  return {
    ...cluster,
    roomId,
    members,
    send: (change: Pick<AppendItem, 'mentions' | 'notify'>) =>
      append({
        tenantId,
        roomId,
        senderId: ann.id,
        sender: {id: ann.id, kind: 'account', name: 'ann', color: '#112233'},
        clientId: randomUUID(),
        text: 'hello',
        ...change,
        receivedAt: performance.now(),
      }),
    async items() {
      const text = `
        select n.user_id as "userId", b.seq from notifications n join notification_batches b on b.id = n.batch_id
        where b.room_id = $1`;
      return db.query<{userId: string; seq: number}>({name: '', text}, [roomId]);
    },
  };
}
type Stage = Awaited<ReturnType<typeof createStage>>;

/** A worker in a process of its own, which can be killed. */
function spawnWorker({config: {DATABASE_URL, REDIS_URL, REDIS_PREFIX}}: Stage) {
  const worker = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    env: {DATABASE_URL, REDIS_URL, REDIS_PREFIX, METRICS_PORT: '0', MADANG_ENV: 'development'},
    stdio: 'ignore',
  });
  onTestFinished(() => void worker.kill('SIGKILL'));
  return worker;
}

test('workers that are killed in the middle of 5,000 mentions leave each inbox item once', async () => {
  const stage = await createStage(5);
  const {members} = stage;
  const memberOf = (no: number) => members[no % members.length]!;
  const leased = {name: '', text: `select from move_readers where name = 'projector' for update skip locked`};
  const isProjecting = async () => (await stage.db.query(leased)).length === 0;
  const sent: {seq: number}[] = [];
  let cutOff = 0;
  while (sent.length < 5_000 || cutOff < 3) {
    const from = sent.length;
    const wave = Array.from({length: 1_000}, (_, no) => stage.send({mentions: [memberOf(from + no)]}));
    sent.push(...(await Promise.all(wave)));
    const before = (await stage.items()).length;
    const worker = spawnWorker(stage);
    await waitFor(async () => (await isProjecting()) || (await stage.items()).length > before, {
      ...patience,
      everyMs: 2,
      what: 'the worker to project',
    });
    worker.kill('SIGKILL');
    await waitFor(async () => !(await isProjecting()), {...patience, what: 'Postgres to notice'});
    if ((await stage.items()).length === before) cutOff += 1;
  }

  await stage.startWorker();
  await waitFor(async () => (await stage.items()).length >= sent.length, {...patience, what: 'all items'});

  const found = (await stage.items()).map(({userId, seq}) => `${seq} ${userId}`);
  const expected = sent.map(({seq}, no) => `${seq} ${memberOf(no).id}`);
  expect(found.toSorted()).toEqual(expected.toSorted());
  const unread = {name: '', text: 'select sum(unread)::int as unread, sum(head)::int as head from inboxes'};
  expect(await stage.db.query(unread)).toEqual([{unread: sent.length, head: sent.length}]);
  // Each of some eight workers is a process that starts, which takes seconds on a busy machine.
}, 240_000);

test.each([
  ['with', {}],
  ['without', {REDIS_URL: 'redis://127.0.0.1:1'}],
])('derives an item from what was sent before the worker was there, %s Redis', async (_, config) => {
  const stage = await createStage(1);
  const {seq} = await stage.send({mentions: stage.members});

  await stage.startWorker(config);

  await waitFor(async () => (await stage.items()).length > 0, {...patience, what: 'the item'});
  expect(await stage.items()).toEqual([{userId: stage.members[0]!.id, seq}]);
});

test('says by Redis, after the commit, whose inboxes have news', async () => {
  const stage = await createStage(2);
  const clients = createRedisClients({url: stage.redis.url, prefix: stage.redis.prefix, log});
  onTestFinished(() => clients.close());
  const heard: string[][] = [];
  await clients.connect();
  hearInboxNews(clients, (userIds) => heard.push(userIds));
  await clients.subscriber.ping();
  await stage.startWorker();

  await stage.send({mentions: stage.members});

  await waitFor(() => heard.length > 0, {...patience, what: 'the news'});
  expect(heard.flat().toSorted()).toEqual(stage.members.map(({id}) => id).toSorted());
  expect(await stage.items()).toHaveLength(2);
});

test('`here` is for who is present, as long as that is known', async () => {
  const stage = await createStage(2);
  const [present] = stage.members;
  const clients = createRedisClients({url: stage.redis.url, prefix: stage.redis.prefix, log});
  await clients.connect();
  const occupancy = createOccupancy({clients, nodeId: 'gateway', log});
  const pulse = createPulse(stage.db, {nodeId: 'gateway', leaseMs: 60_000, deadlineMs: 20_000});
  onTestFinished(async () => {
    await occupancy.stop();
    await pulse.close();
    await clients.close();
  });
  occupancy.enter(tenantPlace(stage.tenantId), present!.id);
  occupancy.start();
  await pulse.ask([]);
  const {metrics} = await stage.startWorker();
  await waitFor(async () => /job="tell-unseen",outcome="ok"\} [5-9]/.test(await metrics()), {
    ...patience,
    what: 'the worker to know who is present',
  });

  const {seq: here} = await stage.send({notify: 'here'});
  const {seq: everybody} = await stage.send({notify: 'room'});

  await waitFor(async () => (await stage.items()).length >= 3, {...patience, what: 'the items'});
  const seqsOf = async (userId: string) =>
    (await stage.items()).filter((item) => item.userId === userId).map(({seq}) => seq);
  expect((await seqsOf(present!.id)).toSorted((a, b) => a - b)).toEqual([here, everybody]);
  expect(await seqsOf(stage.members[1]!.id)).toEqual([everybody]);
});

test('says how far the projector is behind', async () => {
  const stage = await createStage(1);
  const {metrics} = await stage.startWorker();
  const lag = async () => Number(/^madang_projector_lag_seconds (\S+)$/m.exec(await metrics())?.[1]);

  await stage.send({mentions: stage.members});
  await waitFor(async () => (await stage.items()).length > 0 && (await lag()) === 0, {
    ...patience,
    what: 'no lag',
  });
  const connection = await stage.db.connect();
  onTestFinished(async () => connection.destroy());
  const run = (text: string) => connection.query({name: '', text}, [], 20_000);
  await run('begin');
  await run(`select from move_readers where name = 'projector' for update`);
  await stage.send({mentions: stage.members});

  await waitFor(async () => (await lag()) > 0, {...patience, what: 'the lag'});
  await run('rollback');
  await waitFor(async () => (await lag()) === 0, {...patience, what: 'no lag again'});
});
