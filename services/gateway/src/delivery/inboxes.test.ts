import type {Statement} from '@madang/database/connections/pool';
import {createLogger} from '@madang/runtime/log';
import {expect, test, vi} from 'vitest';
import {Connections} from './connections.ts';
import {Inboxes} from './inboxes.ts';

/** Inboxes over a Postgres whose inbox lengths the test sets; records what each connection is told. */
function setUp() {
  const heads = new Map<string, number>();
  const postgres = {asked: [] as string[][], isDown: false, answer: Promise.resolve()};
  const node = {isFresh: true};
  const db = {
    async query(_statement: Statement, [userIds, after, limit]: [string[], number[], number]) {
      postgres.asked.push(userIds);
      await postgres.answer;
      if (postgres.isDown) throw new Error('down');
      const news = userIds.flatMap((userId, index) => {
        const head = heads.get(userId) ?? 0;
        const seqs = Array.from({length: head - after[index]!}, (_, at) => after[index]! + at + 1);
        const created = seqs.slice(0, limit).map((seq) => ({seq, notification: {id: `${userId} ${seq}`}}));
        return created.length === 0 ? [] : [{userId, head, unread: head, created, read: []}];
      });
      return [{news}];
    },
  };
  const connections = new Connections();
  const log = createLogger({name: 'test', level: 'silent'});
  const inboxes = new Inboxes({db: db as never, connections, isFresh: () => node.isFresh, log});

  function connect(userId: string, inboxPosition = heads.get(userId) ?? 0) {
    const connection = {
      userId,
      inboxPosition,
      hasEnded: false,
      told: [] as number[],
      emit: (_event: string, {notification}: {notification: {id: string}}) =>
        void connection.told.push(Number(notification.id.split(' ').at(-1))),
    };
    connections.add(connection as never);
    return connection;
  }

  return {inboxes, postgres, node, heads, connect};
}

test('asks once for all users of a call who are here, and not for the others', async () => {
  const {inboxes, postgres, heads, connect} = setUp();
  const here = Array.from({length: 100}, (_, no) => connect(`user ${no}`));
  for (const {userId} of here) heads.set(userId, 1);

  inboxes.wake(Array.from({length: 1_000}, (_, no) => `user ${no}`));

  await vi.waitFor(() => expect(here.map(({told}) => told)).toEqual(here.map(() => [1])));
  expect(postgres.asked).toHaveLength(1);
  expect(postgres.asked[0]).toHaveLength(100);
});

test('tells each connection what it was not told yet, however many doorbells ring', async () => {
  const {inboxes, heads, connect} = setUp();
  const tab = connect('ada');
  heads.set('ada', 2);
  const later = connect('ada');
  heads.set('ada', 3);

  for (let ring = 0; ring < 5; ring += 1) inboxes.wake(['ada']);

  await vi.waitFor(() => expect(tab.told).toEqual([1, 2, 3]));
  expect(later.told).toEqual([3]);
});

test('looks again for what came while it was reading', async () => {
  const {inboxes, postgres, heads, connect} = setUp();
  const tab = connect('ada');
  const {promise, resolve} = Promise.withResolvers<void>();
  postgres.answer = promise;
  heads.set('ada', 1);
  inboxes.wake(['ada']);
  inboxes.wake(['ada']);
  heads.set('ada', 2);

  resolve();

  await vi.waitFor(() => expect(tab.told).toEqual([1, 2]));
});

test('brings a long absence part by part', async () => {
  const {inboxes, heads, connect} = setUp();
  const tab = connect('ada');
  heads.set('ada', 55);

  inboxes.wake(['ada']);

  await vi.waitFor(() => expect(tab.told).toEqual(Array.from({length: 55}, (_, at) => at + 1)));
});

test('shows nothing while the node may be stale, also what it read before, and all of it afterwards', async () => {
  const {inboxes, postgres, node, heads, connect} = setUp();
  const tab = connect('ada');
  heads.set('ada', 1);
  const {promise, resolve} = Promise.withResolvers<void>();
  postgres.answer = promise;
  inboxes.wake(['ada']);
  node.isFresh = false;
  resolve();
  await vi.waitFor(() => expect(postgres.asked).toHaveLength(1));
  inboxes.wake(['ada']);
  inboxes.look();
  await promise;
  expect(tab.told).toEqual([]);

  node.isFresh = true;
  inboxes.look();

  await vi.waitFor(() => expect(tab.told).toEqual([1]));
});

test('tries again with the next pulse what could not be read', async () => {
  const {inboxes, postgres, heads, connect} = setUp();
  const tab = connect('ada');
  heads.set('ada', 1);
  postgres.isDown = true;
  inboxes.wake(['ada']);
  await vi.waitFor(() => expect(postgres.asked).toHaveLength(1));
  postgres.isDown = false;

  await vi.waitFor(() => {
    inboxes.look();
    expect(tab.told).toEqual([1]);
  });
});

test('looks for a new connection only if something came since its handshake began', async () => {
  const {inboxes, postgres, heads, connect} = setUp();
  inboxes.wake(['ben']);
  const before = performance.now();
  inboxes.admitted(connect('eve') as never, performance.now() + 1);
  expect(postgres.asked).toEqual([]);

  const tab = connect('ada');
  heads.set('ada', 1);
  inboxes.wake(['ada of another node']);
  inboxes.admitted(tab as never, before);

  await vi.waitFor(() => expect(tab.told).toEqual([1]));
});
